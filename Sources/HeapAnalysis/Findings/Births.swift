internal import HeapModel

/// In which step each object of the last heap came: 0 was there in the first snapshot.
///
/// By id where ids hold. Else every object of a class that grew in every step counts as new in the
/// first step, and what such objects dominate with them: which of them are new cannot be told.
struct Births {
  /// Steps are counted in a byte; a longer series counts its first steps as one.
  static let stepLimit = 254

  let step: PooledArray<UInt8>

  /// By id.
  init(byID series: HeapSeries, pool: MemoryPool) {
    let last = series.last.graph
    step = pool.array(repeating: 0, count: last.nodeCount)
    let ids = last.nodeID.elements
    // From the last step to the first: an object is as old as the first snapshot that has it.
    for node in ids.indices { step.base[node] = UInt8(min(series.stepCount, Self.stepLimit)) }
    for (index, heap) in series.heaps.dropLast().enumerated().reversed() {
      let known = IdentifierSet(UnsafeBufferPointer(heap.graph.nodeID.elements), pool: pool)
      let value = UInt8(min(index, Self.stepLimit))
      for node in ids.indices where known.contains(ids[node]) { step.base[node] = value }
    }
  }

  /// By class: the objects of the classes in `growing`, as `SeriesClasses` numbers them.
  init(
    ofClasses growing: Set<UInt32>,
    _ classes: SeriesClasses,
    in heap: AnalyzedHeap,
    pool: MemoryPool
  ) {
    step = pool.array(repeating: 0, count: heap.graph.nodeCount)
    let tree = heap.dominators
    for number in 2..<max(tree.vertex.count, 2) {
      let node = Int(tree.vertex.base[number])
      let above = Int(tree.vertex.base[Int(tree.dominator.base[number])])
      let isNew = step.base[above] != 0 || growing.contains(classes.number(of: UInt32(node)))
      step.base[node] = isNew ? 1 : 0
    }
  }
}
