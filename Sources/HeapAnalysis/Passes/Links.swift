internal import HeapModel

/// The references of a heap as the walks read them: one word per reference.
///
/// Bits 0 to 30 are the object referred to. Bit 31 says "look closer": the reference is weak, a
/// shortcut, from an object to itself, or of a WeakMap pair; what exactly, the graph tells. So a
/// walk tests one sign per reference and reads one stream.
struct Links {
  static let special: UInt32 = 1 << 31
  static let targetMask: UInt32 = special - 1

  /// Where an object's references start; one more than objects.
  let rowStart: PooledArray<UInt32>
  let words: PooledArray<UInt32>

  init(graph: HeapGraph, pool: MemoryPool) {
    rowStart = pool.array(count: graph.nodeCount + 1)
    words = pool.array(count: graph.edgeCount)
  }
}
