/// The objects in an order where each stands directly before all that it dominates.
///
/// Made from the counts of the subtrees alone, without lists of children: in ascending numbers,
/// each object takes the next free place of its dominator's range and opens its own behind it.
struct DominatorPreorder {
  /// The number at each position.
  let number: PooledArray<UInt32>
  private let tree: DominatorTree
  /// Per number the position after its subtree; while it is being filled, the next free one.
  private let end: PooledArray<UInt32>

  init(_ tree: DominatorTree, pool: MemoryPool) {
    self.tree = tree
    let count = tree.vertex.count - 1
    number = pool.array(count: count)
    end = pool.array(count: count + 1)
    end[1] = 1
    number[0] = 1
    var current = 2
    while current <= count {
      let above = Int(tree.dominator.base[current])
      let position = end.base[above]
      end.base[above] = position &+ tree.subtreeCount.base[current]
      end.base[current] = position &+ 1
      number.base[Int(position)] = UInt32(truncatingIfNeeded: current)
      current &+= 1
    }
  }

  /// The positions of an object and of all that it dominates.
  func range(of node: UInt32) -> Range<Int> {
    let number = Int(tree.number[Int(node)])
    let end = Int(self.end[number])
    return end - Int(tree.subtreeCount[number])..<end
  }
}
