internal import HeapModel

/// The references of a heap as the walks read them: their targets, in the graph's own array, and a
/// bit for each.
///
/// The bit says "look closer": the reference is weak, a shortcut, from an object to itself, or of a
/// WeakMap pair; what exactly, the graph tells. So a walk reads one stream of targets, and beside it
/// one that is 32 times as thin.
///
/// What a walk asks for each object is kept as plain pointers: through an object of the graph it
/// would count references each time, which cost as much as the visit.
struct Links {
  /// One bit per reference.
  struct SpecialBits {
    let words: UnsafeMutablePointer<UInt64>

    @inline(__always)
    subscript(edge: Int) -> Bool {
      words[edge &>> 6] &>> UInt64(truncatingIfNeeded: edge & 63) & 1 != 0
    }
  }

  /// Where an object's references start; one more than objects.
  let rowStart: PooledArray<UInt32>
  /// Ordinals; valid as long as these links live, as are the bits.
  let targets: UnsafeMutablePointer<UInt32>
  let special: SpecialBits

  private let graph: HeapGraph
  private let specialWords: PooledArray<UInt64>

  init(graph: HeapGraph, pool: MemoryPool) {
    self.graph = graph
    rowStart = pool.array(count: graph.nodeCount + 1)
    targets = graph.edgeTarget.base
    specialWords = pool.array(count: graph.edgeCount / 64 + 1)
    special = SpecialBits(words: specialWords.base)
  }
}
