internal import HeapModel

/// Numbers in a block of a `MemoryPool`, which gets the block back when the array goes away.
///
/// A fresh array has undefined content. Filled by one pass and then only read, it may be read from
/// several threads. `base` is valid as long as the array lives: a pass keeps its arrays in
/// properties and takes the pointers inside its methods, where the arrays cannot go away.
package final class PooledArray<Element: BitwiseCopyable>: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Element>
  package let count: Int
  private let block: MemoryBlock
  private let pool: MemoryPool

  init(block: MemoryBlock, count: Int, pool: MemoryPool) {
    self.base = block.address.bindMemory(to: Element.self, capacity: max(count, 1))
    self.count = count
    self.block = block
    self.pool = pool
  }

  deinit {
    pool.giveBack(block)
  }

  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  package var elements: UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(start: base, count: count)
  }
}
