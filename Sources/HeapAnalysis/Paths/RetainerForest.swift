internal import HeapModel

/// A shortest way from the roots to every object that has one, best roots first.
///
/// A breadth-first walk over the references that keep objects alive, in rounds: from the global
/// objects, then from the engine's roots, then by way of timers and other callbacks that wait, then
/// from holders that the engine does not tell, and last from what only a debugger holds. So an object that the program keeps is never explained by
/// our own session.
///
/// Of several shortest ways the one is taken whose names come first: engines list properties in an
/// order that differs from process to process, and one leak should have one path everywhere.
///
/// Three passes over the heap; about 16 bytes per object.
package struct RetainerForest: Sendable {
  let heap: AnalyzedHeap
  /// `RetainerPath.Origin` as raw values, 0 for unreached.
  private let origin: PooledArray<UInt8>
  /// The references by which an object can be reached at its depth:
  /// `wayEdge[wayStart[n] ..< wayStart[n + 1]]`.
  private let wayStart: PooledArray<UInt32>
  private let wayEdge: PooledArray<UInt32>
  /// The reference from which a walk started, by its target.
  private let startOf: [UInt32: RootRanking.Start]

  package init(_ heap: AnalyzedHeap) {
    let starts = RootRanking(heap)
    var walk = RetainerWalk(heap, starts)
    walk.run()
    self.heap = heap
    origin = walk.origin
    startOf = walk.startOf
    (wayStart, wayEdge) = walk.ways()
  }

  /// Nil for an object that nothing reaches over references that keep alive.
  ///
  /// Time grows with the length of the way.
  package func path(of node: UInt32) -> RetainerPath? {
    guard let first = RetainerPath.Origin(rawValue: origin[Int(node)]) else { return nil }
    var way: [UInt32] = []
    var current = node
    while current != heap.graph.rootOrdinal {
      let edge = bestEdge(to: current)
      way.append(edge)
      current = heap.graph.source(ofEdge: edge)
    }
    let folded = FoldedWay(way.reversed(), heap)
    return RetainerPath(
      origin: first,
      rootName: rootName,
      steps: folded.steps,
      length: way.count
    )
  }

  /// What the engine calls its root; nil for V8, whose root has no name.
  var rootName: String? {
    let name = heap.name(of: heap.graph.rootOrdinal)
    return name.isEmpty ? nil : name
  }

  /// Nil for an object that nothing reaches over references that keep alive.
  func origin(of node: UInt32) -> RetainerPath.Origin? {
    RetainerPath.Origin(rawValue: origin[Int(node)])
  }

  /// The last reference of the way to an object that has one and is not the root.
  func bestEdge(to node: UInt32) -> UInt32 {
    if let start = startOf[node] { return UInt32(start.edge) }
    let edges = Int(wayStart[Int(node)])..<Int(wayStart[Int(node) + 1])
    var best = wayEdge[edges.lowerBound]
    for index in edges.dropFirst() where heap.graph.isBefore(wayEdge[index], best) {
      best = wayEdge[index]
    }
    return best
  }
}

extension HeapGraph {
  /// The object that an edge belongs to.
  func source(ofEdge edge: UInt32) -> UInt32 {
    let first = firstEdge.elements
    var low = 0
    var high = nodeCount
    while high - low > 1 {
      let middle = (low + high) / 2
      if first[middle] <= UInt64(edge) { low = middle } else { high = middle }
    }
    return UInt32(low)
  }

  /// Whether one reference explains an object better than another: by its kind, then by its name,
  /// then by the name of the object that it belongs to.
  func isBefore(_ a: UInt32, _ b: UInt32) -> Bool {
    let kinds = (preference(edgeKind[Int(a)]), preference(edgeKind[Int(b)]))
    if kinds.0 != kinds.1 { return kinds.0 < kinds.1 }
    if EdgeKind(rawValue: edgeKind[Int(a)])?.isNamedByNumber != true {
      let order = compare(edgeName[Int(a)], edgeName[Int(b)])
      if order != 0 { return order < 0 }
    }
    let names = (nodeName[Int(source(ofEdge: a))], nodeName[Int(source(ofEdge: b))])
    return compare(names.0, names.1) < 0
  }

  /// What the program wrote comes before what the engine did.
  private func preference(_ kind: UInt8) -> Int {
    switch EdgeKind(rawValue: kind) {
    case .property, .shortcut: 0
    case .context: 1
    case .element: 2
    case .internal: 3
    default: 4
    }
  }

  private func compare(_ a: UInt32, _ b: UInt32) -> Int {
    if a == b { return 0 }
    let (first, second) = (names.utf8(Int(a)), names.utf8(Int(b)))
    for (x, y) in zip(first, second) where x != y { return x < y ? -1 : 1 }
    return first.count - second.count
  }
}
