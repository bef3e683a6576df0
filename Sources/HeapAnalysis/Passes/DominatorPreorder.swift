/// The objects in an order where each stands directly before all that it dominates.
///
/// Made from the counts of the subtrees alone, without lists of children: in ascending numbers,
/// each object takes the next free place of its dominator's range and opens its own behind it.
struct DominatorPreorder {
  /// The number at each position.
  let number: PooledArray<UInt32>

  init(_ tree: DominatorTree, pool: MemoryPool) {
    let count = tree.vertex.count - 1
    number = pool.array(count: count)
    let next: PooledArray<UInt32> = pool.array(count: count + 1)
    next[1] = 1
    number[0] = 1
    var current = 2
    while current <= count {
      let above = Int(tree.dominator.base[current])
      let position = next.base[above]
      next.base[above] = position &+ tree.subtreeCount.base[current]
      next.base[current] = position &+ 1
      number.base[Int(position)] = UInt32(truncatingIfNeeded: current)
      current &+= 1
    }
  }
}
