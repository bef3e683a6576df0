/// A list in pooled memory that grows by doubling: for stacks and queues of a pass.
struct GrowingArray<Element: BitwiseCopyable> {
  private(set) var storage: PooledArray<Element>
  private(set) var count = 0
  private let pool: MemoryPool

  init(capacity: Int, pool: MemoryPool) {
    self.storage = pool.array(count: max(capacity, 64))
    self.pool = pool
  }

  mutating func append(_ element: Element) {
    if count == storage.count { reserve(1) }
    storage.base[count] = element
    count &+= 1
  }

  /// Makes room for `additional` elements, after which `storage.base` has moved if it had to.
  mutating func reserve(_ additional: Int) {
    let needed = count + additional
    guard needed > storage.count else { return }
    let larger: PooledArray<Element> = pool.array(count: max(needed, storage.count * 2))
    larger.base.update(from: storage.base, count: count)
    storage = larger
  }

  /// For a stack whose height a hot loop keeps itself: keeps the first `height` elements and makes
  /// room for `additional` above them.
  @inline(__always)
  mutating func reserveAbove(_ height: Int, _ additional: Int) {
    if height &+ additional > storage.count {
      count = height
      reserve(additional)
    }
  }

  mutating func removeAll() {
    count = 0
  }
}
