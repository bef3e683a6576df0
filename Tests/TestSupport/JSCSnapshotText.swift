/// A snapshot of JavaScriptCore drawn in a test.
///
///     var heap = JSCSnapshotText(kind: "Inspector", version: 3)
///     let session = heap.node("LeakedSession", size: 32)
///     heap.edge(from: 0, to: session, named: "session")
///     try reader.consume(heap.bytes)
package struct JSCSnapshotText: Sendable {
  private struct Node {
    var id: Int
    var size: Int
    var className: Int
    var flags: Int
  }

  package let kind: String
  package let version: Int
  /// Members put behind all others, as `"key":value`.
  package var extraMembers: [String] = []

  private var nodes: [Node] = []
  private var edges: [[Int]] = []
  private var classNames: [String] = []
  private var edgeNames: [String] = []

  /// A heap with nothing in it but the root, whose id is 0.
  package init(kind: String = "Inspector", version: Int = 3) {
    self.kind = kind
    self.version = version
    node("<root>", id: 0, size: 0)
  }

  /// Adds a node and answers its id, which is its place if it is not given.
  @discardableResult
  package mutating func node(
    _ className: String,
    id: Int? = nil,
    size: Int = 16,
    flags: Int = 0
  ) -> Int {
    let id = id ?? nodes.count
    let name = Self.index(of: className, in: &classNames)
    nodes.append(Node(id: id, size: size, className: name, flags: flags))
    return id
  }

  package mutating func edge(from source: Int, to target: Int) {
    edges.append([source, target, 0, 0])
  }

  package mutating func edge(from source: Int, to target: Int, named name: String) {
    edges.append([source, target, 1, Self.index(of: name, in: &edgeNames)])
  }

  package mutating func edge(from source: Int, to target: Int, index: Int) {
    edges.append([source, target, 2, index])
  }

  package mutating func edge(from source: Int, to target: Int, variable name: String) {
    edges.append([source, target, 3, Self.index(of: name, in: &edgeNames)])
  }

  package var bytes: [UInt8] { Array(text.utf8) }

  package var text: String {
    let isDebugging = kind == "GCDebugging"
    let rows = nodes.map { node in
      let row = "\(node.id),\(node.size),\(node.className),\(node.flags)"
      return isDebugging ? row + ",0,\"0x7fe50\(node.id)\",\"0x0\"" : row
    }
    var members = [
      "\"version\":\(version)", "\"type\":\"\(kind)\"",
      "\"nodes\":[\(rows.joined(separator: ","))]",
      "\"nodeClassNames\":\(Self.list(classNames))",
      "\"edges\":[\(edges.flatMap { $0 }.map(String.init).joined(separator: ","))]",
      "\"edgeTypes\":[\"Internal\",\"Property\",\"Index\",\"Variable\"]",
      "\"edgeNames\":\(Self.list(edgeNames))",
    ]
    if isDebugging {
      members += ["\"roots\":[0,0,0]", "\"labels\":[\"\"]"]
    }
    return "{" + (members + extraMembers).joined(separator: ",") + "}"
  }

  private static func index(of string: String, in table: inout [String]) -> Int {
    if let index = table.firstIndex(of: string) { return index }
    table.append(string)
    return table.count - 1
  }

  private static func list(_ strings: [String]) -> String {
    "[" + strings.map { "\"\($0)\"" }.joined(separator: ",") + "]"
  }
}
