internal import HeapModel
internal import JSONStream

/// What JavaScriptCore's snapshot text means, of versions 2 and 3.
///
/// The two differ in one flag of nodes, which is kept as it is. `Inspector` is what protocols give,
/// `GCDebugging` has three more fields a node, the roots, and labels. Edges refer to identifiers;
/// that those exist is checked by whoever holds all of them, which a reader does not.
struct JSCGrammar: SnapshotGrammar {
  /// What the numbers of edge types mean.
  ///
  /// The text tells it only behind the edges; then it must be this.
  static let edgeTypes = [
    EdgeType(name: "Internal", kind: .internal),
    EdgeType(name: "Property", kind: .property),
    EdgeType(name: "Index", kind: .element),
    EdgeType(name: "Variable", kind: .context),
  ]

  private let limits: SnapshotReadingLimits
  private var version: Int64?
  private var kind: JSCSnapshotKind?
  /// The members of the header as they came.
  private var headerMembers: [(key: String, value: [UInt8])] = []

  private var seenSections: Set<String> = []
  private var nodeCount: UInt64 = 0
  private var edgeCount: UInt64 = 0
  private var stringCounts: [SnapshotSection.Role: UInt64] = [:]
  private var edgeTypeCount = 0
  private var highestClassName = Highest()
  private var highestEdgeName = Highest()
  private var highestLabel = Highest()

  init(limits: SnapshotReadingLimits) {
    self.limits = limits
  }

  mutating func memberBegan(
    _ key: String,
    at offset: UInt64
  ) throws(SnapshotError) -> SnapshotMember {
    if key == "version" || key == "type" { return .header }
    guard version != nil, let kind else {
      let message = "'\(key)' stands before 'version' and 'type'"
      throw SnapshotError(.malformed, message, at: offset)
    }
    seenSections.insert(key)
    return .section(kind.section(key))
  }

  mutating func received(
    headerValue text: [UInt8],
    of key: String,
    at offset: UInt64
  ) throws(SnapshotError) -> SnapshotHeader? {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: text)
    } catch {
      throw SnapshotError(inValueAt: offset, error)
    }
    headerMembers.append((key, text))
    if key == "version" {
      guard let number = value.int, (2...3).contains(number) else {
        let message = "JavaScriptCore's snapshot format is not of version 2 or 3"
        throw SnapshotError(.unsupported, message, at: offset)
      }
      version = number
    } else {
      guard let name = value.string, let known = JSCSnapshotKind(rawValue: name) else {
        let message = "a snapshot of JavaScriptCore that is not Inspector or GCDebugging"
        throw SnapshotError(.unsupported, message, at: offset)
      }
      kind = known
    }
    guard let version, let kind else { return nil }
    return header(version, kind)
  }

  private func header(_ version: Int64, _ kind: JSCSnapshotKind) -> SnapshotHeader {
    var text: [UInt8] = [UInt8(ascii: "{")]
    for (index, member) in headerMembers.enumerated() {
      text += "\(index == 0 ? "" : ",")\"\(member.key)\":".utf8
      text += member.value
    }
    text.append(UInt8(ascii: "}"))
    return SnapshotHeader(
      engine: .javaScriptCore,
      format: "jsc-\(kind.rawValue.lowercased())-\(version)",
      engineHeader: text,
      referenceForm: .identifier,
      edgeOrder: .explicitSource,
      nodeTypes: [],
      edgeTypes: Self.edgeTypes
    )
  }

  mutating func received(
    _ rows: ColumnBatch,
    of section: SnapshotSection,
    offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    switch section.role {
    case .nodes: try checkNodes(rows, section, offset)
    case .edges: try checkEdges(rows, section, offset)
    case .collections: try checkCollections(rows, section, offset)
    default: break
    }
  }

  private mutating func checkNodes(
    _ rows: ColumnBatch,
    _ section: SnapshotSection,
    _ offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    let first = nodeCount
    nodeCount += UInt64(rows.rowCount)
    guard nodeCount <= limits.nodeCount else {
      throw SnapshotError(.tooLarge, "more than \(limits.nodeCount) nodes", at: offset(0))
    }
    let describe = { (row: Int) in "node \(first + UInt64(row))" }
    for (column, field) in section.fields.enumerated() {
      switch field.role {
      case .identifier, .name, .label:
        try rows.check(column, 0..<(1 << 32), field.name, describe, offset)
      case .selfSize:
        try rows.check(column, 0..<Int64.max, field.name, describe, offset)
      case .flags:
        try rows.check(column, 0..<256, field.name, describe, offset)
      default: break
      }
      if field.role == .name { highestClassName.take(rows.column(column), offset) }
      if field.role == .label { highestLabel.take(rows.column(column), offset) }
    }
  }

  private mutating func checkEdges(
    _ rows: ColumnBatch,
    _ section: SnapshotSection,
    _ offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    let first = edgeCount
    edgeCount += UInt64(rows.rowCount)
    guard edgeCount <= limits.edgeCount else {
      throw SnapshotError(.tooLarge, "more than \(limits.edgeCount) edges", at: offset(0))
    }
    let describe = { (row: Int) in "edge \(first + UInt64(row))" }
    for (column, field) in section.fields.enumerated() {
      let bound = field.role == .type ? Int64(Self.edgeTypes.count) : 1 << 32
      try rows.check(column, 0..<bound, field.name, describe, offset)
    }
    guard let type = section.fields.column(.type), let data = section.fields.column(.name) else {
      return
    }
    let types = rows.column(type)
    let names = rows.column(data)
    for row in 0..<rows.rowCount where names[row] > highestEdgeName.value {
      let kind = Self.edgeTypes[Int(types[row])].kind
      if kind == .property || kind == .context {
        highestEdgeName = Highest(value: names[row], offset: offset(row))
      }
    }
  }

  private mutating func checkCollections(
    _ rows: ColumnBatch,
    _ section: SnapshotSection,
    _ offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    for (column, field) in section.fields.enumerated() {
      try rows.check(column, 0..<(1 << 32), field.name, { "preview \($0)" }, offset)
      if field.role == .name { highestClassName.take(rows.column(column), offset) }
    }
  }

  mutating func received(
    _ strings: StringBatch,
    of section: SnapshotSection,
    at offset: UInt64
  ) throws(SnapshotError) {
    if section.name == JSCSnapshotKind.edgeTypesName {
      for index in 0..<strings.count {
        guard edgeTypeCount < Self.edgeTypes.count,
          strings.text(index) == Self.edgeTypes[edgeTypeCount].name
        else {
          let message = "edge type '\(strings.text(index))' where JavaScriptCore has another"
          throw SnapshotError(.unsupported, message, at: offset)
        }
        edgeTypeCount += 1
      }
    }
    let count = stringCounts[section.role, default: 0] + UInt64(strings.count)
    guard count <= UInt64(UInt32.max) else {
      throw SnapshotError(.tooLarge, "more than \(UInt32.max) strings", at: offset)
    }
    stringCounts[section.role] = count
  }

  func finish(at offset: UInt64) throws(SnapshotError) {
    guard kind != nil else {
      throw SnapshotError(.malformed, "the snapshot has no 'version' and 'type'", at: offset)
    }
    for name in ["nodes", "nodeClassNames", "edges", JSCSnapshotKind.edgeTypesName, "edgeNames"]
    where seenSections.contains(name) == false {
      throw SnapshotError(.malformed, "the snapshot has no '\(name)'", at: offset)
    }
    try highestClassName.check(below: stringCounts[.nodeNames] ?? 0, "class names")
    try highestEdgeName.check(below: stringCounts[.edgeNames] ?? 0, "edge names")
    try highestLabel.check(below: stringCounts[.labels] ?? 0, "labels")
  }
}

/// The two kinds of JavaScriptCore's snapshots, and what their members hold.
enum JSCSnapshotKind: String {
  case inspector = "Inspector"
  case debugging = "GCDebugging"

  static let edgeTypesName = "edgeTypes"

  func section(_ name: String) -> SnapshotSection {
    switch name {
    case "nodes":
      SnapshotSection(name: name, content: .rows, role: .nodes, fields: nodeFields)
    case "edges":
      SnapshotSection(name: name, content: .rows, role: .edges, fields: Self.edgeFields)
    case "roots":
      SnapshotSection(name: name, content: .rows, role: .other, fields: Self.rootFields)
    case "nodeClassNames":
      SnapshotSection(name: name, content: .strings, role: .nodeNames)
    case "edgeNames":
      SnapshotSection(name: name, content: .strings, role: .edgeNames)
    case "labels":
      SnapshotSection(name: name, content: .strings, role: .labels)
    case SnapshotSection.collections.name: SnapshotSection.collections
    case Self.edgeTypesName:
      SnapshotSection(name: name, content: .strings, role: .other)
    default:
      SnapshotSection(name: name, content: .raw, role: .other)
    }
  }

  private var nodeFields: [SnapshotField] {
    let inspector = [
      SnapshotField(name: "id", role: .identifier),
      SnapshotField(name: "size", role: .selfSize),
      SnapshotField(name: "classNameIndex", role: .name),
      SnapshotField(name: "flags", role: .flags),
    ]
    guard self == .debugging else { return inspector }
    return inspector + [
      SnapshotField(name: "labelIndex", role: .label),
      SnapshotField(name: "cellAddress", role: .other, form: .hexadecimalString),
      SnapshotField(name: "wrappedAddress", role: .other, form: .hexadecimalString),
    ]
  }

  private static let edgeFields = [
    SnapshotField(name: "from", role: .source),
    SnapshotField(name: "to", role: .target),
    SnapshotField(name: "typeIndex", role: .type),
    SnapshotField(name: "data", role: .name),
  ]

  private static let rootFields = [
    SnapshotField(name: "id", role: .other),
    SnapshotField(name: "rootReasonIndex", role: .other),
    SnapshotField(name: "reachabilityReasonIndex", role: .other),
  ]
}

extension StringBatch {
  fileprivate func text(_ index: Int) -> String {
    String(decoding: bytes[Int(offsets[index])..<Int(offsets[index + 1])], as: UTF8.self)
  }
}
