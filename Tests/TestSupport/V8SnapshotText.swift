/// A `.heapsnapshot` drawn in a test, in the form of the runtime one likes.
///
///     var heap = V8SnapshotText()
///     let session = heap.node("LeakedSession", id: 3, size: 32)
///     heap.edge(from: 0, to: session, named: "session")
///     try reader.consume(heap.bytes)
package struct V8SnapshotText: Sendable {
  package enum Style: Sendable, CaseIterable {
    /// Seven fields, each row on a line of its own.
    case node20
    /// Six fields, one long line, `extra_native_bytes`.
    case node24
    /// As Node 24, with five location fields and scopes, which hold negative numbers.
    case chromium
  }

  private struct Node {
    var type: String
    var name: String
    var id: UInt64
    var size: UInt64
    var detachedness: Int
    var site: Int
    var edges: [Edge] = []
  }

  private struct Edge {
    var type: String
    var name: String
    var index: UInt32
    var target: Int
  }

  package static let edgeTypes = [
    "context", "element", "property", "internal", "hidden", "shortcut", "weak",
  ]

  package let style: Style
  package var extraNativeBytes: UInt64 = 0
  /// Whether nodes say if they are attached; V8 before 2021 does not.
  package var tellsDetachedness = true
  /// Whether `edge_count` and `node_count` tell the truth; a test may spoil them.
  package var declaredNodeCount: Int?
  package var declaredEdgeCount: Int?
  /// Members put in front of `strings`, as `"key":value`.
  package var extraMembers: [String] = []
  /// What a recording of allocations leaves, as JSON; nodes have a `site` in the style of Node 20.
  package var traceFunctionInfos = "[]"
  package var traceTree = "[]"
  package var samples = "[]"
  /// Rows of the scopes that the style of Chromium has; nil for a few that mean nothing.
  package var scopes: String?
  package var scopeVariables = "1"
  package var scopeUses = "-2,1"

  private var nodes: [Node] = []
  private var strings: [String] = ["<dummy>", ""]
  private var stringIndexes: [String: Int] = ["<dummy>": 0, "": 1]
  private var locations: [(node: Int, script: Int, line: Int, column: Int)] = []

  /// A heap with nothing in it but the root: node 0, synthetic, without a name, id 1.
  package init(style: Style = .node24) {
    self.style = style
    node("", type: "synthetic", id: 1, size: 0)
  }

  /// The types of nodes in this style, in their order.
  package var nodeTypes: [String] {
    let types = [
      "hidden", "array", "string", "object", "code", "closure", "regexp", "number", "native",
      "synthetic", "concatenated string", "sliced string", "symbol", "bigint", "object shape",
    ]
    return style == .node20 ? types + ["wasm object"] : types
  }

  /// Adds a node and answers its ordinal.
  @discardableResult
  package mutating func node(
    _ name: String,
    type: String = "object",
    id: UInt64? = nil,
    size: UInt64 = 16,
    detachedness: Int = 0,
    site: Int = 0
  ) -> Int {
    intern(name)
    nodes.append(
      Node(
        type: type,
        name: name,
        id: id ?? UInt64(2 * nodes.count + 1),
        size: size,
        detachedness: detachedness,
        site: site
      )
    )
    return nodes.count - 1
  }

  /// Adds an edge with a name; `type` is one that is named by a string.
  package mutating func edge(
    from source: Int,
    to target: Int,
    named name: String,
    type: String = "property"
  ) {
    intern(name)
    nodes[source].edges.append(Edge(type: type, name: name, index: 0, target: target))
  }

  /// Adds an edge with a number; `type` is `element` or `hidden`.
  package mutating func edge(
    from source: Int,
    to target: Int,
    index: UInt32,
    type: String = "element"
  ) {
    nodes[source].edges.append(Edge(type: type, name: "", index: index, target: target))
  }

  package mutating func location(of node: Int, script: Int, line: Int, column: Int) {
    locations.append((node, script, line, column))
  }

  /// Adds a string that nothing refers to.
  ///
  /// - Returns: its number in the table.
  @discardableResult
  package mutating func string(_ text: String) -> Int {
    intern(text)
    return stringIndexes[text] ?? 0
  }

  package var bytes: [UInt8] { Array(text.utf8) }

  package var text: String {
    var members = ["\"snapshot\":\(snapshot)"]
    members.append("\"nodes\":\(table(nodeRows))")
    members.append("\"edges\":\(table(edgeRows))")
    members.append("\"trace_function_infos\":\(traceFunctionInfos)")
    members.append("\"trace_tree\":\(traceTree)")
    members.append("\"samples\":\(samples)")
    members.append("\"locations\":\(table(locationRows))")
    if style == .chromium {
      members.append("\"scopes\":[\(scopes ?? "\(nodeFieldCount),-2,0,1,1")]")
      members.append("\"scope_context_vars\":[\(scopeVariables)]")
      members.append("\"scope_uses\":[\(scopeUses)]")
    }
    members += extraMembers
    let separator = style == .node20 ? ",\n" : ","
    members.append("\"strings\":[\(strings.map(Self.quoted).joined(separator: separator))]")
    return "{" + members.joined(separator: ",\n") + "}"
  }
}

extension V8SnapshotText {
  private var nodeFieldCount: Int {
    5 + (style == .node20 ? 1 : 0) + (tellsDetachedness ? 1 : 0)
  }

  private mutating func intern(_ string: String) {
    guard stringIndexes[string] == nil else { return }
    stringIndexes[string] = strings.count
    strings.append(string)
  }

  private var nodeRows: [[Int]] {
    nodes.map { node in
      var row = [
        nodeTypes.firstIndex(of: node.type) ?? 0, stringIndexes[node.name] ?? 0, Int(node.id),
        Int(node.size), node.edges.count,
      ]
      if style == .node20 { row.append(node.site) }
      return tellsDetachedness ? row + [node.detachedness] : row
    }
  }

  private var edgeRows: [[Int]] {
    nodes.flatMap(\.edges).map { edge in
      let isNumbered = edge.type == "element" || edge.type == "hidden"
      return [
        Self.edgeTypes.firstIndex(of: edge.type) ?? 0,
        isNumbered ? Int(edge.index) : stringIndexes[edge.name] ?? 0,
        edge.target * nodeFieldCount,
      ]
    }
  }

  private var locationRows: [[Int]] {
    locations.map { location in
      var row = [location.node * nodeFieldCount, location.script]
      if style == .chromium { row.append(0) }
      return row + [location.line, location.column]
    }
  }

  private func table(_ rows: [[Int]]) -> String {
    let lines = rows.map { $0.map(String.init).joined(separator: ",") }
    let end = style == .node20 && rows.isEmpty == false ? "\n" : ""
    return "[" + lines.joined(separator: end + ",") + end + "]"
  }

  private var snapshot: String {
    let trace = style == .node20 ? ["trace_node_id"] : []
    let nodeFields =
      ["type", "name", "id", "self_size", "edge_count"] + trace
      + (tellsDetachedness ? ["detachedness"] : [])
    let scriptObject = style == .chromium ? ["script_object_index"] : []
    let locationFields = ["object_index", "script_id"] + scriptObject + ["line", "column"]
    let others = (2..<nodeFieldCount).map { _ in "\"number\"" }.joined(separator: ",")
    var meta = [
      "\"node_fields\":\(Self.list(nodeFields))",
      "\"node_types\":[\(Self.list(nodeTypes)),\"string\",\(others)]",
      "\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"]",
      "\"edge_types\":[\(Self.list(Self.edgeTypes)),\"string_or_number\",\"node\"]",
      "\"trace_function_info_fields\":"
        + "[\"function_id\",\"name\",\"script_name\",\"script_id\",\"line\",\"column\"]",
      "\"trace_node_fields\":[\"id\",\"function_info_index\",\"count\",\"size\",\"children\"]",
      "\"sample_fields\":[\"timestamp_us\",\"last_assigned_id\"]",
      "\"location_fields\":\(Self.list(locationFields))",
    ]
    if style == .chromium {
      meta += [
        "\"scope_fields\":[\"script_node_index\",\"scope_id\",\"depth\","
          + "\"scope_context_vars_count\",\"scope_uses_count\"]",
        "\"scope_context_var_fields\":[\"name\"]",
        "\"scope_use_fields\":[\"declaring_scope_id\",\"slot_index\"]",
      ]
    }
    let edgeCount = declaredEdgeCount ?? nodes.reduce(0) { $0 + $1.edges.count }
    var text = "{\"meta\":{\(meta.joined(separator: ","))}"
    text += ",\"node_count\":\(declaredNodeCount ?? nodes.count),\"edge_count\":\(edgeCount)"
    text += ",\"trace_function_count\":0"
    if style != .node20 { text += ",\"extra_native_bytes\":\(extraNativeBytes)" }
    return text + "}"
  }

  private static func list(_ names: [String]) -> String {
    "[" + names.map(quoted).joined(separator: ",") + "]"
  }

  private static func quoted(_ string: String) -> String {
    var text = "\""
    for unit in string.utf16 {
      switch unit {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0x0A: text += "\\n"
      case 0x20..<0x7F: text += String(UnicodeScalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16, uppercase: true)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return text + "\""
  }
}
