internal import HeapModel

/// Whether ids mean the same objects in two heaps.
///
/// A capture knows it from its session. For two files nothing is known, so this looks at anchors:
/// the builtin objects that the global object names, or V8's native contexts where its root names no
/// global object (Chromium), are the same objects in all snapshots of a process, so their ids agree if
/// any do. Ids that were reset name other objects.
package enum ObjectIdentity {
  /// How many anchors are enough.
  private static let anchorLimit = 64
  private static let leastAnchorCount = 8

  package static func areIDsComparable(_ a: AnalyzedHeap, _ b: AnalyzedHeap) -> Bool {
    reasonAgainstIDs(a, b) == nil
  }

  /// Why ids do not hold over two heaps, as the end of a sentence; nil where they do.
  package static func reasonAgainstIDs(_ a: AnalyzedHeap, _ b: AnalyzedHeap) -> String? {
    guard a.graph.engine == b.graph.engine else { return "they are of two engines" }
    guard a.graph.engine != .spiderMonkey else {
      return "Firefox's ids are addresses, which other objects get later"
    }
    let first = anchors(a)
    let second = anchors(b)
    let common = first.filter { second[$0.key] != nil }
    guard common.count >= leastAnchorCount else {
      // Too small heaps to tell by: then by what the engines number first.
      let hasSameRoot =
        max(first.count, second.count) < leastAnchorCount
        && a.graph.nodeID[Int(a.graph.rootOrdinal)]
          == b.graph.nodeID[Int(b.graph.rootOrdinal)]
      return hasSameRoot
        ? nil : "they have too few objects in common by which to tell whether ids hold"
    }
    let agreeing = common.count { second[$0.key] == $0.value }
    // A program may replace a few of its globals between two snapshots.
    guard agreeing * 10 < common.count * 9 else { return nil }
    return "builtin functions have other ids, so they are of two processes or loads of a page, or "
      + "ids were reset between them"
  }

  /// Ids of functions by the name that the global object or a native context gives them.
  private static func anchors(_ heap: AnalyzedHeap) -> [String: UInt64] {
    let graph = heap.graph
    var anchors: [String: UInt64] = [:]
    for rootEdge in graph.edges(of: graph.rootOrdinal) {
      let global = graph.edgeTarget[rootEdge]
      guard graph.nodeKind[Int(global)] != NodeKind.synthetic.rawValue else { continue }
      for function in functions(of: global, by: .property, graph) {
        anchors[function.name] = function.id
        if anchors.count == anchorLimit { return anchors }
      }
    }
    for context in heap.nativeContexts?.contexts ?? [] {
      // A few of each: contexts come and go between two snapshots.
      let some = functions(of: context.ordinal, by: .internal, graph).prefix(leastAnchorCount)
      for function in some { anchors["\(context.id) \(function.name)"] = function.id }
      if anchors.count >= anchorLimit { return anchors }
    }
    return anchors
  }

  private static func functions(
    of owner: UInt32,
    by kind: EdgeKind,
    _ graph: HeapGraph
  ) -> some Sequence<(name: String, id: UInt64)> {
    graph.edges(of: owner).lazy.filter { edge in
      graph.edgeKind[edge] == kind.rawValue
        && graph.nodeKind[Int(graph.edgeTarget[edge])] == NodeKind.closure.rawValue
    }.map { edge in
      let name = graph.names[Int(graph.edgeName[edge])]
      return (name, graph.nodeID[Int(graph.edgeTarget[edge])])
    }
  }
}
