internal import HeapModel

/// Where the walks begin: the objects that the root refers to, as DevTools sorts them.
struct WalkStarts {
  /// Targets of the root that are not synthetic, or are the document trees, in the root's order.
  ///
  /// One that the root names twice stands here twice, as in DevTools' queue.
  private(set) var userRoots: [UInt32] = []
  /// Targets of the root's shortcuts, and document trees that are its elements.
  private(set) var pageRoots: [UInt32] = []

  init(graph: HeapGraph, roles: NameRoles) {
    let root = Int(graph.rootOrdinal)
    for edge in Int(graph.firstEdge[root])..<Int(graph.firstEdge[root + 1]) {
      let target = graph.edgeTarget[edge]
      let isSynthetic = graph.nodeKind[Int(target)] == NodeKind.synthetic.rawValue
      let isDocumentTrees = isSynthetic && roles[graph.nodeName[Int(target)]] == .documentTrees
      if !isSynthetic || isDocumentTrees { userRoots.append(target) }
      let kind = graph.edgeKind[edge]
      if kind == EdgeKind.shortcut.rawValue
        || kind == EdgeKind.element.rawValue && isDocumentTrees
      {
        pageRoots.append(target)
      }
    }
  }
}
