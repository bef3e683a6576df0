internal import HeapModel

/// Whether ids mean the same objects in two heaps.
///
/// A capture knows it from its session. For two files nothing is known, so this looks at anchors:
/// the builtin objects that the global object names are the same objects in all snapshots of a
/// process, so their ids agree if any do. Ids that were reset name other objects.
package enum ObjectIdentity {
  /// How many anchors are enough.
  private static let anchorLimit = 64
  private static let leastAnchorCount = 8

  package static func areIDsComparable(_ a: AnalyzedHeap, _ b: AnalyzedHeap) -> Bool {
    guard a.graph.engine == b.graph.engine, a.graph.engine != .spiderMonkey else { return false }
    let first = anchors(a)
    let second = anchors(b)
    let common = first.filter { second[$0.key] != nil }
    guard common.count >= leastAnchorCount else {
      // Too small a heap to tell by: then by what the engines number first.
      return a.graph.nodeID[Int(a.graph.rootOrdinal)] == b.graph.nodeID[Int(b.graph.rootOrdinal)]
    }
    let agreeing = common.count { second[$0.key] == $0.value }
    // A program may replace a few of its globals between two snapshots.
    return agreeing * 10 >= common.count * 9
  }

  /// Ids of functions and objects by the name that the global object gives them.
  private static func anchors(_ heap: AnalyzedHeap) -> [String: UInt64] {
    let graph = heap.graph
    var anchors: [String: UInt64] = [:]
    for rootEdge in graph.edges(of: graph.rootOrdinal) {
      let global = graph.edgeTarget[rootEdge]
      guard graph.nodeKind[Int(global)] != NodeKind.synthetic.rawValue else { continue }
      for edge in graph.edges(of: global)
      where graph.edgeKind[edge] == EdgeKind.property.rawValue {
        let target = Int(graph.edgeTarget[edge])
        guard graph.nodeKind[target] == NodeKind.closure.rawValue else { continue }
        anchors[graph.names[Int(graph.edgeName[edge])]] = graph.nodeID[target]
        if anchors.count == anchorLimit { return anchors }
      }
    }
    return anchors
  }
}
