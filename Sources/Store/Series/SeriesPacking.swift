internal import HeapModel

/// A form in which readings of one kind rest: columns of differences, a handful of bytes a point.
protocol PackedPoint {
  static var seriesKind: SeriesKind { get }
  var time: UnixNanoseconds { get }
  static func pack(_ points: [Self]) -> [UInt8]
  static func unpack(_ bytes: [UInt8]) throws(StoreError) -> [Self]
}

/// The values of `series.kind`.
enum SeriesKind: Int {
  case usage = 1
  case collections = 2
}

extension HeapUsage: PackedPoint {
  static let seriesKind = SeriesKind.usage

  static func pack(_ points: [HeapUsage]) -> [UInt8] {
    var writer = PackedWriter()
    writer.append(UInt64(points.count))
    writer.appendDifferences(points.map(\.time))
    writer.appendDifferences(points.map(\.used))
    writer.appendDifferences(points.map(\.total))
    for field in optionalFields {
      // A bit per point, eight to a number, then only the values that are there.
      writer.appendPresence(points.map { $0[keyPath: field] != nil })
      writer.appendDifferences(points.compactMap { $0[keyPath: field] })
    }
    writer.appendSpaces(of: points)
    // Behind what older versions read, and only where there is any: few targets are pages.
    guard points.contains(where: { $0.documents != nil }) else { return writer.bytes }
    writer.appendPresence(points.map { $0.documents != nil })
    let documents = points.compactMap(\.documents)
    writer.appendDifferences(documents.map(\.documents))
    writer.appendDifferences(documents.map(\.nodes))
    writer.appendDifferences(documents.map(\.eventListeners))
    return writer.bytes
  }

  static func unpack(_ bytes: [UInt8]) throws(StoreError) -> [HeapUsage] {
    var reader = PackedReader(bytes)
    let count = try reader.count()
    let time = try reader.differences(count)
    let used = try reader.differences(count)
    let total = try reader.differences(count)
    var points = (0..<count).map { HeapUsage(time: time[$0], used: used[$0], total: total[$0]) }
    for field in optionalFields {
      let present = try reader.presence(count)
      let values = try reader.differences(present.count)
      for (point, value) in zip(present, values) { points[point][keyPath: field] = value }
    }
    try reader.readSpaces(into: &points)
    guard reader.isAtEnd == false else { return points }
    let present = try reader.presence(count)
    let documents = try reader.differences(present.count)
    let nodes = try reader.differences(present.count)
    let listeners = try reader.differences(present.count)
    for (index, point) in present.enumerated() {
      points[point].documents = DocumentCounts(
        documents: documents[index],
        nodes: nodes[index],
        eventListeners: listeners[index]
      )
    }
    return points
  }

  /// In the order in which they are written, before the spaces: there can be no new one.
  private static var optionalFields: [WritableKeyPath<HeapUsage, UInt64?>] {
    [\.limit, \.external, \.arrayBuffers, \.residentSize, \.proportionalSize]
  }
}

extension CollectionActivity: PackedPoint {
  static let seriesKind = SeriesKind.collections

  static func pack(_ points: [CollectionActivity]) -> [UInt8] {
    var writer = PackedWriter()
    writer.append(UInt64(points.count))
    writer.appendDifferences(points.map(\.time))
    writer.appendDifferences(points.map { UInt64($0.kind.rawValue) })
    writer.appendDifferences(points.map { UInt64($0.count) })
    writer.appendDifferences(points.map(\.pauseNanoseconds))
    writer.appendDifferences(points.map(\.longestPauseNanoseconds))
    writer.appendDifferences(points.map { UInt64($0.forcedCount) })
    for field in optionalFields {
      writer.appendPresence(points.map { $0[keyPath: field] != nil })
      writer.appendDifferences(points.compactMap { $0[keyPath: field] })
    }
    return writer.bytes
  }

  static func unpack(_ bytes: [UInt8]) throws(StoreError) -> [CollectionActivity] {
    var reader = PackedReader(bytes)
    let count = try reader.count()
    let time = try reader.differences(count)
    let kinds = try reader.differences(count)
    let counts = try reader.differences(count)
    let pauses = try reader.differences(count)
    let longest = try reader.differences(count)
    let forced = try reader.differences(count)
    var points: [CollectionActivity] = []
    for index in 0..<count {
      guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: kinds[index])) else {
        throw StoreError(.damaged, "\(kinds[index]) is no kind of collection")
      }
      points.append(
        CollectionActivity(
          kind: kind,
          time: time[index],
          count: UInt32(truncatingIfNeeded: counts[index]),
          pauseNanoseconds: pauses[index],
          longestPauseNanoseconds: longest[index],
          forcedCount: UInt32(truncatingIfNeeded: forced[index])
        )
      )
    }
    for field in optionalFields {
      let present = try reader.presence(count)
      let values = try reader.differences(present.count)
      for (point, value) in zip(present, values) { points[point][keyPath: field] = value }
    }
    return points
  }

  private static var optionalFields: [WritableKeyPath<CollectionActivity, UInt64?>] {
    [\.usedBefore, \.usedAfter]
  }
}

enum HistogramPacking {
  static func pack(_ rows: [ClassHistogramRow]) -> [UInt8] {
    var writer = PackedWriter()
    writer.append(UInt64(rows.count))
    for row in rows {
      writer.append(row.key)
      // Most classes are their own key: the name is written only where it differs.
      writer.append(row.name == row.key ? "" : row.name)
    }
    writer.appendDifferences(rows.map(\.count))
    writer.appendDifferences(rows.map(\.selfSize))
    writer.appendDifferences(rows.map(\.retainedSize))
    return writer.bytes
  }

  static func unpack(_ bytes: [UInt8]) throws(StoreError) -> [ClassHistogramRow] {
    var reader = PackedReader(bytes)
    let count = try reader.count()
    var rows: [ClassHistogramRow] = []
    for _ in 0..<count {
      let key = try reader.text()
      let name = try reader.text()
      rows.append(
        ClassHistogramRow(
          key: key,
          name: name.isEmpty ? key : name,
          count: 0,
          selfSize: 0,
          retainedSize: 0
        )
      )
    }
    let counts = try reader.differences(count)
    let selfSizes = try reader.differences(count)
    let retainedSizes = try reader.differences(count)
    for index in rows.indices {
      rows[index].count = counts[index]
      rows[index].selfSize = selfSizes[index]
      rows[index].retainedSize = retainedSizes[index]
    }
    return rows
  }
}

extension PackedWriter {
  fileprivate mutating func appendPresence(_ present: [Bool]) {
    for start in stride(from: 0, to: present.count, by: 7) {
      var bits: UInt64 = 0
      for (bit, isPresent) in present[start..<min(start + 7, present.count)].enumerated() {
        if isPresent { bits |= 1 << UInt64(bit) }
      }
      append(bits)
    }
  }

  /// The spaces of all points: the names once, then which point has which, with its numbers.
  fileprivate mutating func appendSpaces(of points: [HeapUsage]) {
    var names: [String] = []
    var numbers: [String: Int] = [:]
    var point: [UInt64] = []
    var name: [UInt64] = []
    var used: [String: [UInt64]] = [:]
    var size: [String: [UInt64]] = [:]
    for (index, usage) in points.enumerated() {
      for space in usage.spaces {
        let number = numbers[space.name] ?? names.count
        if number == names.count {
          names.append(space.name)
          numbers[space.name] = number
        }
        point.append(UInt64(index))
        name.append(UInt64(number))
        used[space.name, default: []].append(space.used)
        size[space.name, default: []].append(space.size)
      }
    }
    append(names)
    append(point)
    append(name)
    // Space by space, so that a number stands beside the same space's number before it.
    for name in names {
      append(used[name] ?? [])
      append(size[name] ?? [])
    }
  }
}

extension PackedReader {
  /// The indices of the points that have a value.
  fileprivate mutating func presence(_ count: Int) throws(StoreError) -> [Int] {
    var present: [Int] = []
    for start in stride(from: 0, to: count, by: 7) {
      let bits = try number()
      for bit in 0..<min(7, count - start) where bits & (1 << UInt64(bit)) != 0 {
        present.append(start + bit)
      }
    }
    return present
  }

  fileprivate mutating func readSpaces(into points: inout [HeapUsage]) throws(StoreError) {
    let names = try texts()
    let point = try numbers()
    let name = try numbers()
    var columns: [(used: [UInt64], size: [UInt64])] = []
    for _ in names { columns.append((try numbers(), try numbers())) }
    var next = Array(repeating: 0, count: names.count)
    for (pointNumber, nameNumber) in zip(point, name) {
      guard pointNumber < points.count, nameNumber < names.count else { throw Self.wrongSpace }
      let number = Int(nameNumber)
      guard next[number] < min(columns[number].used.count, columns[number].size.count) else {
        throw Self.wrongSpace
      }
      points[Int(pointNumber)].spaces.append(
        HeapSpace(
          name: names[number],
          used: columns[number].used[next[number]],
          size: columns[number].size[next[number]]
        )
      )
      next[number] += 1
    }
  }

  private static var wrongSpace: StoreError {
    StoreError(.damaged, "a heap space of a reading that is not there")
  }
}
