/// Where a node row keeps what a graph needs.
struct NodeColumns {
  var type = 0
  var name = 0
  var identifier = 0
  var selfSize = 0
  var edgeCount = 0
  var detachedness: Int?

  init() {}

  init(_ section: SnapshotSection) throws(SnapshotError) {
    type = try section.column(.type)
    name = try section.column(.name)
    identifier = try section.column(.identifier)
    selfSize = try section.column(.selfSize)
    edgeCount = try section.column(.edgeCount)
    detachedness = section.fields.column(.detachedness)
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
    var fits = true
    for index in indices {
      let value = self[index]
      let narrow = Narrow(truncatingIfNeeded: value)
      fits = fits && Int64(truncatingIfNeeded: narrow) == value && (value < 0) == (narrow < 0)
      place[index] = narrow
    }
    guard fits == false else { return }
    let culprit = first { Narrow(exactly: $0) == nil } ?? 0
    throw SnapshotError(.malformed, "\(meaning) \(culprit) is out of range")
  }

  /// Copies what a table has for the values, or throws for the first beyond it.
  func translate(
    through table: [UInt8],
    into place: UnsafeMutablePointer<UInt8>,
    _ meaning: String
  ) throws(SnapshotError) {
    for index in indices {
      let value = self[index]
      guard value >= 0, value < table.count else {
        throw SnapshotError(.malformed, "\(meaning) \(value) of \(table.count)")
      }
      place[index] = table[Int(value)]
    }
  }
}

extension Locations {
  /// The same locations in the order of their nodes: this object where they are so already, as
  /// V8 writes them.
  func sortedByNode() -> Locations {
    let nodes = node.elements
    guard zip(nodes, nodes.dropFirst()).contains(where: { $0 > $1 }) else { return self }
    let sorted = Locations(capacity: count)
    for row in (0..<count).sorted(by: { (nodes[$0], $0) < (nodes[$1], $1) }) {
      sorted.append(node: nodes[row], script: script[row], line: line[row], column: column[row])
    }
    return sorted
  }
}
