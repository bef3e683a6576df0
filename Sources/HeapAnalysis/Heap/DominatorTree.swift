internal import CPrefetch

/// Who keeps whom alive: an object's immediate dominator is the nearest one that every path from
/// the root goes through.
///
/// All but `number` are indexed by depth-first number, 1 being the root and index 0 unused, where
/// a dominator stands before what it dominates. 24 bytes per object.
package struct DominatorTree: Sendable {
  private static let lookAhead = 16

  /// The number of each object.
  package let number: PooledArray<UInt32>
  /// The object of each number.
  package let vertex: PooledArray<UInt32>
  /// The number of each number's immediate dominator; the root is its own.
  package let dominator: PooledArray<UInt32>
  /// Bytes that would be freed with it.
  package let retainedSize: PooledArray<UInt64>
  /// Objects that it dominates, itself included.
  package let subtreeCount: PooledArray<UInt32>

  init(
    number: PooledArray<UInt32>,
    vertex: PooledArray<UInt32>,
    dominator: PooledArray<UInt32>,
    selfSize: PooledArray<UInt64>,
    pool: MemoryPool
  ) {
    let count = selfSize.count
    let size: PooledArray<UInt64> = pool.array(count: count + 1)
    let subtree: PooledArray<UInt32> = pool.array(repeating: 1, count: count + 1)
    size[0] = 0
    for current in 1..<(count + 1) {
      let later = Int(vertex.base[min(current &+ Self.lookAhead, count)])
      retinue_prefetch(selfSize.base + later)
      size.base[current] = selfSize.base[Int(vertex.base[current])]
    }
    for current in stride(from: count, to: 1, by: -1) {
      let above = Int(dominator.base[current])
      size.base[above] &+= size.base[current]
      subtree.base[above] &+= subtree.base[current]
    }
    self.number = number
    self.vertex = vertex
    self.dominator = dominator
    self.retainedSize = size
    self.subtreeCount = subtree
  }
}
