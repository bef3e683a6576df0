internal import HeapModel

/// What V8's snapshot text means, and the checks that make its tables safe to use: every type is in
/// its table, every edge ends at a node, every name is a string, every count is what it says.
struct V8Grammar: SnapshotGrammar {
  /// The sections that are tables where meta has fields for them; all others are kept as text.
  private static let tables: Set<String> = [
    "nodes", "edges", "locations", "samples", "trace_function_infos", "scopes",
    "scope_context_vars", "scope_uses",
  ]

  private let limits: SnapshotReadingLimits
  private var meta: V8Meta?
  private var nodeColumns = NodeColumns()
  private var edgeColumns = EdgeColumns()
  private var locationColumns: [Int] = []
  private var isNamedByNumber: [Bool] = []

  private var nodeCount: UInt64?
  private var nodesAreComplete = false
  private var edgeCount: UInt64?
  private var stringCount: UInt64?
  /// Sum of the nodes' edge counts.
  private var promisedEdgeCount: UInt64 = 0
  /// What can be checked only when nodes or strings have come: the highest reference, with its
  /// place.
  private var highestNode = Highest()
  private var highestString = Highest()

  init(limits: SnapshotReadingLimits) {
    self.limits = limits
  }

  mutating func memberBegan(
    _ key: String,
    at offset: UInt64
  ) throws(SnapshotError) -> SnapshotMember {
    if key == "snapshot" { return .header }
    guard let meta else {
      throw SnapshotError(.malformed, "'\(key)' stands before 'snapshot'", at: offset)
    }
    if nodeCount != nil, key != "nodes" { nodesAreComplete = true }
    switch key {
    case "nodes":
      nodeCount = 0
      return rows(key, .nodes, meta.nodeFields)
    case "edges":
      edgeCount = 0
      return rows(key, .edges, meta.edgeFields)
    case "strings":
      stringCount = 0
      return .section(SnapshotSection(name: key, content: .strings, role: .names))
    default:
      guard Self.tables.contains(key), let fields = try meta.fields(ofSection: key, at: offset)
      else {
        return .section(SnapshotSection(name: key, content: .raw, role: .other))
      }
      let isLocations = key == "locations" && fields.locationColumns.count == 4
      if isLocations { locationColumns = fields.locationColumns }
      return rows(key, isLocations ? .locations : .other, fields)
    }
  }

  private func rows(
    _ key: String,
    _ role: SnapshotSection.Role,
    _ fields: [SnapshotField]
  ) -> SnapshotMember {
    .section(SnapshotSection(name: key, content: .rows, role: role, fields: fields))
  }

  mutating func received(
    headerValue text: [UInt8],
    of key: String,
    at offset: UInt64
  ) throws(SnapshotError) -> SnapshotHeader? {
    let meta = try V8Meta(parsing: text, at: offset)
    if let count = meta.nodeCount, count > limits.nodeCount {
      throw SnapshotError(.tooLarge, "\(count) nodes, more than \(limits.nodeCount)", at: offset)
    }
    if let count = meta.edgeCount, count > limits.edgeCount {
      throw SnapshotError(.tooLarge, "\(count) edges, more than \(limits.edgeCount)", at: offset)
    }
    nodeColumns = NodeColumns(meta.nodeFields)
    edgeColumns = EdgeColumns(meta.edgeFields)
    isNamedByNumber = meta.edgeTypes.map(\.kind.isNamedByNumber)
    self.meta = meta
    return SnapshotHeader(
      engine: .v8,
      format: "v8",
      engineHeader: text,
      referenceForm: .ordinal,
      edgeOrder: .runsPerNode,
      nodeTypes: meta.nodeTypes,
      edgeTypes: meta.edgeTypes,
      declaredNodeCount: meta.nodeCount,
      declaredEdgeCount: meta.edgeCount,
      root: meta.rootOrdinal,
      extraNativeBytes: meta.extraNativeBytes
    )
  }

  mutating func received(
    _ rows: ColumnBatch,
    of section: SnapshotSection,
    offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    switch section.role {
    case .nodes: try checkNodes(rows, offset)
    case .edges: try checkEdges(rows, offset)
    case .locations: try checkLocations(rows, section, offset)
    default: break
    }
  }

  mutating func received(
    _ strings: StringBatch,
    of section: SnapshotSection,
    at offset: UInt64
  ) throws(SnapshotError) {
    let count = (stringCount ?? 0) + UInt64(strings.count)
    guard count <= UInt64(UInt32.max) else {
      throw SnapshotError(.tooLarge, "more than \(UInt32.max) strings", at: offset)
    }
    stringCount = count
  }

  func finish(at offset: UInt64) throws(SnapshotError) {
    for (name, count) in [("nodes", nodeCount), ("edges", edgeCount), ("strings", stringCount)]
    where count == nil {
      throw SnapshotError(.malformed, "the snapshot has no '\(name)'", at: offset)
    }
    try checkCount("nodes", nodeCount, declared: meta?.nodeCount, at: offset)
    try checkCount("edges", edgeCount, declared: meta?.edgeCount, at: offset)
    if promisedEdgeCount != edgeCount {
      let message =
        "the nodes have \(promisedEdgeCount) edges together, but there are \(edgeCount ?? 0)"
      throw SnapshotError(.malformed, message, at: offset)
    }
    try highestNode.check(below: nodeCount ?? 0, "nodes")
    try highestString.check(below: stringCount ?? 0, "strings")
    if let meta, meta.rootOrdinal >= nodeCount ?? 0 {
      let message = "the root is node \(meta.rootOrdinal) of \(nodeCount ?? 0)"
      throw SnapshotError(.malformed, message, at: offset)
    }
  }

  private func checkCount(
    _ name: String,
    _ count: UInt64?,
    declared: UInt64?,
    at offset: UInt64
  ) throws(SnapshotError) {
    guard let declared, let count, declared != count else { return }
    let message = "the header says \(declared) \(name), but there are \(count)"
    throw SnapshotError(.malformed, message, at: offset)
  }
}

// MARK: - Checking rows

extension V8Grammar {
  private mutating func checkNodes(
    _ rows: ColumnBatch,
    _ offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    let first = nodeCount ?? 0
    nodeCount = first + UInt64(rows.rowCount)
    guard first + UInt64(rows.rowCount) <= limits.nodeCount else {
      throw SnapshotError(.tooLarge, "more than \(limits.nodeCount) nodes", at: offset(0))
    }
    let describe = { (row: Int) in "node \(first + UInt64(row))" }
    let typeCount = Int64(meta?.nodeTypes.count ?? 0)
    try rows.check(nodeColumns.type, 0..<typeCount, "type", describe, offset)
    try rows.check(nodeColumns.selfSize, 0..<Int64.max, "self size", describe, offset)
    try rows.check(nodeColumns.identifier, 0..<Int64.max, "id", describe, offset)
    try rows.check(nodeColumns.edgeCount, 0..<(1 << 40), "edge count", describe, offset)
    try rows.check(nodeColumns.name, 0..<(1 << 32), "name", describe, offset)
    if let column = nodeColumns.detachedness {
      try rows.check(column, 0..<256, "detachedness", describe, offset)
    }
    for count in rows.column(nodeColumns.edgeCount) {
      promisedEdgeCount &+= UInt64(count)
    }
    guard promisedEdgeCount <= limits.edgeCount else {
      throw SnapshotError(.tooLarge, "more than \(limits.edgeCount) edges", at: offset(0))
    }
    highestString.take(rows.column(nodeColumns.name), offset)
  }

  private mutating func checkEdges(
    _ rows: ColumnBatch,
    _ offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    let first = edgeCount ?? 0
    edgeCount = first + UInt64(rows.rowCount)
    guard first + UInt64(rows.rowCount) <= limits.edgeCount else {
      throw SnapshotError(.tooLarge, "more than \(limits.edgeCount) edges", at: offset(0))
    }
    let describe = { (row: Int) in "edge \(first + UInt64(row))" }
    try rows.check(edgeColumns.type, 0..<Int64(isNamedByNumber.count), "type", describe, offset)
    try rows.check(edgeColumns.name, 0..<(1 << 32), "name", describe, offset)
    if nodesAreComplete {
      let nodes = 0..<Int64(nodeCount ?? 0)
      try rows.check(edgeColumns.target, nodes, "target", describe, offset)
    } else {
      highestNode.take(rows.column(edgeColumns.target), offset)
    }
    let types = rows.column(edgeColumns.type)
    let names = rows.column(edgeColumns.name)
    for row in 0..<rows.rowCount
    where names[row] > highestString.value && isNamedByNumber[Int(types[row])] == false {
      highestString = Highest(value: names[row], offset: offset(row))
    }
  }

  private mutating func checkLocations(
    _ rows: ColumnBatch,
    _ section: SnapshotSection,
    _ offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    let describe = { (row: Int) in "a location" }
    for column in locationColumns {
      if section.fields[column].role == .node {
        highestNode.take(rows.column(column), offset)
      } else {
        let values = Int64(Int32.min)..<Int64(Int32.max)
        try rows.check(column, values, section.fields[column].name, describe, offset)
      }
    }
  }
}

/// Where a node row keeps what is checked.
private struct NodeColumns {
  var type = 0
  var name = 0
  var identifier = 0
  var selfSize = 0
  var edgeCount = 0
  var detachedness: Int?

  init() {}

  init(_ fields: [SnapshotField]) {
    type = fields.column(.type) ?? 0
    name = fields.column(.name) ?? 0
    identifier = fields.column(.identifier) ?? 0
    selfSize = fields.column(.selfSize) ?? 0
    edgeCount = fields.column(.edgeCount) ?? 0
    detachedness = fields.column(.detachedness)
  }
}

private struct EdgeColumns {
  var type = 0
  var name = 0
  var target = 0

  init() {}

  init(_ fields: [SnapshotField]) {
    type = fields.column(.type) ?? 0
    name = fields.column(.name) ?? 0
    target = fields.column(.target) ?? 0
  }
}

extension [SnapshotField] {
  fileprivate var locationColumns: [Int] {
    [.node, .script, .line, .column].compactMap { column($0) }
  }
}
