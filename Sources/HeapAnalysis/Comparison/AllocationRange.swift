internal import HeapModel

/// Objects by when they were made: V8 gives ids in ascending order.
///
/// The three-snapshot technique is "allocated between the first and the second, seen in the third".
extension AnalyzedHeap {
  /// The largest id of a JavaScript object; ids of the embedder's objects are even.
  package var largestObjectID: UInt64 {
    graph.nodeID.elements.lazy.filter { $0 % 2 == 1 }.max() ?? 0
  }

  /// The class table of the objects whose ids are above `first` and not above `last`.
  ///
  /// Costs as much as the table of all.
  package func classes(allocatedAfter first: UInt64, until last: UInt64) -> [ClassRow] {
    let isMember: PooledArray<Bool> = pool.array(count: graph.nodeCount)
    let ids = graph.nodeID.elements
    for node in ids.indices { isMember.base[node] = ids[node] > first && ids[node] <= last }
    return ClassTable(
      assignment: assignment,
      selfSize: selfSizes,
      distance: distances,
      dominators: dominators,
      members: isMember,
      pool: pool
    ).rows
  }
}
