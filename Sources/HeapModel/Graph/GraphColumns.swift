/// Where a node row keeps what a graph needs.
struct NodeColumns {
  var type = 0
  var name = 0
  var identifier = 0
  var selfSize = 0
  var edgeCount = 0
  var detachedness: Int?
  var traceNode: Int?

  init() {}

  init(_ section: SnapshotSection) throws(SnapshotError) {
    type = try section.column(.type)
    name = try section.column(.name)
    identifier = try section.column(.identifier)
    selfSize = try section.column(.selfSize)
    edgeCount = try section.column(.edgeCount)
    detachedness = section.fields.column(.detachedness)
    traceNode = section.fields.column(.traceNode)
  }
}

struct EdgeColumns {
  var type = 0
  var name = 0
  var target = 0

  init() {}

  init(_ section: SnapshotSection) throws(SnapshotError) {
    type = try section.column(.type)
    name = try section.column(.name)
    target = try section.column(.target)
  }
}

struct LocationColumns {
  var node = 0
  var script = 0
  var line = 0
  var column = 0

  init() {}

  init(_ section: SnapshotSection) throws(SnapshotError) {
    node = try section.column(.node)
    script = try section.column(.script)
    line = try section.column(.line)
    column = try section.column(.column)
  }
}

extension SnapshotSection {
  func column(_ role: SnapshotField.Role) throws(SnapshotError) -> Int {
    guard let column = fields.column(role) else {
      throw SnapshotError(.malformed, "'\(name)' has no column for the \(role)")
    }
    return column
  }
}

extension UnsafeBufferPointer<Int64> {
  /// Copies the values as a narrower type, or throws for the first that does not fit.
  func narrow<Narrow: FixedWidthInteger>(
    into place: UnsafeMutablePointer<Narrow>,
    _ meaning: String
  ) throws(SnapshotError) {
    // One pass without a branch per value; the culprit is looked for only when there is one.
    var misfits: UInt64 = 0
    for index in indices {
      let value = self[index]
      let narrow = Narrow(truncatingIfNeeded: value)
      // The bits that are lost; where there is no sign, all bits together tell that later.
      misfits |= UInt64(
        bitPattern: Narrow.isSigned ? value ^ Int64(truncatingIfNeeded: narrow) : value
      )
      place[index] = narrow
    }
    // Of 64 bits the sign alone is lost.
    if Narrow.isSigned == false { misfits >>= UInt64(Swift.min(Narrow.bitWidth, 63)) }
    guard misfits != 0 else { return }
    let culprit = first { Narrow(exactly: $0) == nil } ?? 0
    throw SnapshotError(.malformed, "\(meaning) \(culprit) is out of range")
  }

  /// Copies what a table has for the values, or throws for the first beyond it.
  func translate(
    through table: [UInt8],
    into place: UnsafeMutablePointer<UInt8>,
    _ meaning: String
  ) throws(SnapshotError) {
    // With 256 entries no value of a byte is beyond the table, and only the count is left to ask.
    let whole = table + repeatElement(0, count: Swift.max(256 - table.count, 0))
    try whole.withUnsafeBufferPointer { (whole) throws(SnapshotError) in
      var highest: UInt64 = 0
      for index in indices {
        let value = UInt64(bitPattern: self[index])
        highest = Swift.max(highest, value)
        place[index] = whole[Int(truncatingIfNeeded: value & 0xFF)]
      }
      guard highest >= UInt64(table.count) else { return }
      let culprit = first { $0 < 0 || $0 >= table.count } ?? 0
      throw SnapshotError(.malformed, "\(meaning) \(culprit) of \(table.count)")
    }
  }
}

extension Locations {
  /// The same locations in the order of their nodes: this object where they are so already, as
  /// newer versions of V8 write them.
  func sortedByNode() -> Locations {
    let nodes = node.elements
    var isSorted = true
    for row in nodes.indices.dropFirst() { isSorted = isSorted && nodes[row - 1] <= nodes[row] }
    guard isSorted == false else { return self }
    // Node and row in one number: no comparison looks anything up, and equals stay in their order.
    var keys = nodes.indices.map { UInt64(nodes[$0]) << 32 | UInt64($0) }
    keys.sort()
    let sorted = Locations(capacity: count)
    for key in keys {
      let row = Int(key & 0xFFFF_FFFF)
      sorted.append(node: nodes[row], script: script[row], line: line[row], column: column[row])
    }
    return sorted
  }
}
