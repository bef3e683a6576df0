package import HeapModel
internal import Synchronization

/// Memory that one analysis after the other uses again.
///
/// Most of the system time of an analysis is the kernel handing out fresh pages (half a
/// microsecond each), and each pass needs a few arrays of a known size for a short time. So blocks
/// come back here when their `PooledArray` goes away, and serve the next pass or the next heap. The
/// arrays of a graph can come from here as well (`HeapGraphBuilder(memory:)`).
///
/// - a block serves a pass only if it is at most four times as large as asked for, and a graph, which
///   may be kept, only if it is at most an eighth larger
/// - at most `idleByteLimit` bytes wait for reuse; what does not fit goes back to the system
///
/// May be shared between threads.
package final class MemoryPool: Sendable {
  private struct Idle: ~Copyable {
    var blocks: [MemoryBlock] = []
    var byteCount = 0
  }

  private let idle = Mutex(Idle())
  private let idleByteLimit: Int

  /// - Parameter idleByteLimit: how much memory may wait for reuse. One heap of `n` objects and
  ///   `m` references needs about `60 n + 16 m` bytes.
  package init(idleByteLimit: Int = 1 << 30) {
    self.idleByteLimit = idleByteLimit
  }

  deinit {
    idle.withLock { idle in
      for block in idle.blocks { block.deallocate() }
    }
  }

  /// Bytes that wait for reuse.
  package var idleByteCount: Int {
    idle.withLock { $0.byteCount }
  }

  /// An array of `count` elements of undefined content.
  package func array<Element: BitwiseCopyable>(
    of type: Element.Type = Element.self,
    count: Int
  ) -> PooledArray<Element> {
    let byteCount = max(count, 1) * MemoryLayout<Element>.stride
    let block = take(byteCount: byteCount, atMost: 4 * Self.rounded(byteCount))
    return PooledArray(block: block, count: count, pool: self)
  }

  /// An array of `count` times `element`.
  package func array<Element: BitwiseCopyable>(
    repeating element: Element,
    count: Int
  ) -> PooledArray<Element> {
    let array = array(of: Element.self, count: count)
    array.base.update(repeating: element, count: count)
    return array
  }

  /// The smallest block of `byteCount` to `limit` bytes that waits, or a fresh one.
  private func take(byteCount: Int, atMost limit: Int) -> MemoryBlock {
    let needed = Self.rounded(byteCount)
    let reused: MemoryBlock? = idle.withLock { idle in
      var best: Int?
      for (index, block) in idle.blocks.enumerated()
      where block.byteCount >= needed && block.byteCount <= limit {
        if let current = best, idle.blocks[current].byteCount <= block.byteCount { continue }
        best = index
      }
      guard let best else { return nil }
      idle.byteCount -= idle.blocks[best].byteCount
      return idle.blocks.remove(at: best)
    }
    return reused ?? .fresh(byteCount: needed)
  }

  package func giveBack(_ block: MemoryBlock) {
    let isKept = idle.withLock { idle in
      guard idle.byteCount + block.byteCount <= idleByteLimit else { return false }
      idle.byteCount += block.byteCount
      idle.blocks.append(block)
      return true
    }
    if !isKept { block.deallocate() }
  }

  private static func rounded(_ byteCount: Int) -> Int {
    let unit = byteCount >= 1 << 20 ? 1 << 18 : 1 << 12
    return (byteCount + unit - 1) / unit * unit
  }
}

extension MemoryPool: GraphMemory {
  package func takeBlock(byteCount: Int) -> MemoryBlock {
    let needed = Self.rounded(byteCount)
    return take(byteCount: byteCount, atMost: needed + needed / 8)
  }
}
