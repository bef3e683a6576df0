internal import HeapModel

/// The scripts of a V8 heap: a location names a script by number, and the heap holds what the
/// script is called, two references away from any function of it.
///
/// A script's number holds in one process only; its name, line and column hold in all.
struct Scripts {
  private var nameOfScript: [Int32: String] = [:]

  init(_ graph: HeapGraph) {
    let nodes = graph.locations.node.elements
    let scripts = graph.locations.script.elements
    for index in nodes.indices where nameOfScript[scripts[index]] == nil {
      let node = Int(nodes[index])
      guard node < graph.nodeCount, graph.nodeKind[node] == NodeKind.closure.rawValue,
        let shared = graph.target(of: node, ["shared"]),
        let script = graph.target(of: Int(shared), ["script", "script_or_debug_info"]),
        graph.nodeKind[Int(script)] == NodeKind.code.rawValue
      else { continue }
      let name = graph.names[Int(graph.nodeName[Int(script)])]
      nameOfScript[scripts[index]] = String(name.dropPrefix(Self.nameOfNewer))
    }
  }

  subscript(script: Int32) -> String? { nameOfScript[script] }

  /// Whether a script belongs to the program and not to the runtime.
  func isOfProgram(_ script: Int32) -> Bool {
    guard let name = nameOfScript[script], !name.isEmpty else { return false }
    return !Self.runtimePrefixes.contains { name.hasPrefix($0) }
  }

  /// What V8 15 (Deno) writes in front of a script's name.
  private static let nameOfNewer = "system / Script / "

  private static let runtimePrefixes = [
    "node:", "internal/", "ext:", "extensions::", "native ", "bun:",
  ]
}

extension HeapGraph {
  /// The target of the object's first internal reference with one of these names.
  func target(of node: Int, _ names: [String]) -> UInt32? {
    for edge in Int(firstEdge[node])..<Int(firstEdge[node + 1])
    where edgeKind[edge] == EdgeKind.internal.rawValue {
      let name = self.names.utf8(Int(edgeName[edge]))
      if names.contains(where: { name.elementsEqual($0.utf8) }) { return edgeTarget[edge] }
    }
    return nil
  }

  /// The row of an object's location; the later where there are two.
  func locationRow(of node: UInt32) -> Int? {
    let nodes = locations.node.elements
    var low = 0
    var high = nodes.count
    while low < high {
      let middle = (low + high) / 2
      if nodes[middle] <= node { low = middle + 1 } else { high = middle }
    }
    return low > 0 && nodes[low - 1] == node ? low - 1 : nil
  }
}

extension String {
  fileprivate func dropPrefix(_ prefix: String) -> Substring {
    hasPrefix(prefix) ? dropFirst(prefix.count) : self[...]
  }
}
