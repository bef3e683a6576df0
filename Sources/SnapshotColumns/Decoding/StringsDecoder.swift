internal import HeapModel

/// Brings the two pieces of each range of a string table together, in either order.
final class StringsDecoder {
  /// The pieces of one range: of its names, and of its values.
  private struct Half {
    let first: UInt32
    let count: Int
    let isPartial: Bool
    /// Where each string ends in `bytes`.
    let ends: [Int]
    let bytes: [UInt8]
    /// A bit per string of the range that is set for names; empty if all strings are of one kind,
    /// or in the half of the values.
    let map: [UInt8]
  }

  let number: UInt16
  private let stringByteLimit: Int
  private let strings = StringBatchBuilder()
  /// The half whose other one has not come.
  private var waiting: (kind: PieceKind, half: Half)?

  init(number: UInt16, stringByteLimit: Int) {
    self.number = number
    self.stringByteLimit = stringByteLimit
  }

  /// Strings that have come whole.
  var count: Int { strings.totalCount }

  /// Whether nothing of what began is missing.
  var isComplete: Bool { waiting == nil && strings.openByteCount == 0 }

  /// Reads a piece behind its section number.
  func read(
    _ kind: PieceKind,
    _ piece: inout PieceReader,
    into receiver: any SnapshotRecordReceiver
  ) throws(SnapshotError) {
    let half = try self.half(kind, &piece)
    guard Int(half.first) == strings.totalCount else {
      throw piece.malformed("strings from \(half.first), expected from \(strings.totalCount)")
    }
    if half.ends.count == half.count {
      guard waiting == nil else { throw piece.malformed("half of some strings is missing") }
      try append(half, piece)
    } else if let other = waiting {
      guard other.kind != kind, other.half.count == half.count,
        other.half.ends.count + half.ends.count == half.count
      else { throw piece.malformed("two halves of strings that do not fit together") }
      waiting = nil
      let (names, values) = kind == .names ? (half, other.half) : (other.half, half)
      try merge(names, values, piece)
    } else {
      waiting = (kind, half)
    }
    let receive = { (batch: StringBatch) throws(SnapshotError) in try receiver.strings(batch) }
    if strings.openByteCount == 0 { try strings.flush(to: receive) }
  }

  private func half(
    _ kind: PieceKind,
    _ piece: inout PieceReader
  ) throws(SnapshotError) -> Half {
    let first: UInt32 = try piece.number()
    let count = Int(try piece.number(UInt32.self))
    let ownCount = Int(try piece.number(UInt32.self))
    let isPartial: UInt8 = try piece.number()
    guard ownCount > 0, ownCount <= count, isPartial == 0 || (isPartial == 1 && count == 1) else {
      throw piece.malformed("a piece with \(ownCount) of \(count) strings")
    }
    let hasMap = kind == .names && ownCount < count
    let map = Array(try piece.take(hasMap ? (count + 7) / 8 : 0))
    guard hasMap == false || map.reduce(0, { $0 + $1.nonzeroBitCount }) == ownCount else {
      throw piece.malformed("a map that does not fit its strings")
    }
    let ends = try self.ends(&piece, ownCount)
    let bytes = Array(try piece.take(ends.last ?? 0))
    try piece.expectEnd()
    return Half(
      first: first,
      count: count,
      isPartial: isPartial == 1,
      ends: ends,
      bytes: bytes,
      map: map
    )
  }

  private func ends(_ piece: inout PieceReader, _ count: Int) throws(SnapshotError) -> [Int] {
    let encoding = try piece.encoding()
    guard encoding.width > 0 else { throw piece.malformed("strings without bytes") }
    let planes = try piece.take(encoding.width * count)
    var previous: Int64 = 0
    let lengths = [Int64](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard let place = buffer.baseAddress else { return }
      encoding.read(
        planes,
        rowCount: count,
        from: 0,
        count: count,
        previous: &previous,
        into: place
      )
      initialized = count
    }
    var ends: [Int] = []
    ends.reserveCapacity(count)
    var end = 0
    for length in lengths {
      guard length >= 0, length <= ColumnsFormat.blockByteLimit else {
        throw piece.malformed("a string of \(length) bytes")
      }
      end += Int(length)
      ends.append(end)
    }
    return ends
  }

  private func append(_ half: Half, _ piece: PieceReader) throws(SnapshotError) {
    var start = 0
    for (index, end) in half.ends.enumerated() {
      try append(half.bytes[start..<end], piece)
      start = end
      if half.isPartial == false || index < half.ends.count - 1 { strings.endString() }
    }
  }

  private func merge(_ names: Half, _ values: Half, _ piece: PieceReader) throws(SnapshotError) {
    var nextName = 0
    var nextValue = 0
    for index in 0..<names.count {
      let isName = names.map[index / 8] >> UInt8(index % 8) & 1 == 1
      let (half, place) = isName ? (names, nextName) : (values, nextValue)
      // The map has as many bits as there are names, so neither runs out; a bit beyond the range
      // would make the values run out.
      guard place < half.ends.count else {
        throw piece.malformed("a map that does not fit its strings")
      }
      let start = place == 0 ? 0 : half.ends[place - 1]
      try append(half.bytes[start..<half.ends[place]], piece)
      strings.endString()
      nextName += isName ? 1 : 0
      nextValue += isName ? 0 : 1
    }
  }

  private func append(_ bytes: ArraySlice<UInt8>, _ piece: PieceReader) throws(SnapshotError) {
    guard strings.openByteCount + bytes.count <= stringByteLimit else {
      throw piece.tooLarge("a string of more than \(stringByteLimit) bytes")
    }
    bytes.withUnsafeBytes { strings.append($0) }
  }
}
