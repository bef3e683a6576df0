internal import HeapModel

/// The arrays whose digests say that two programs agree about a heap.
package enum DigestedArray: String, Sendable, CaseIterable {
  /// Bytes after ownership transfer, 32 bits (larger ones are cut to 32).
  case selfSizes
  /// Ordinal of the immediate dominator, 32 bits; the root is its own.
  case dominators
  /// Bytes, as a 64-bit floating-point number.
  case retainedSizes
  /// Signed 32 bits, −5 for unreachable.
  case distances
}

extension AnalyzedHeap {
  /// Hands out an array in the order of the objects, as little-endian bytes, in pieces of at most
  /// 64 KiB, which are valid during the call only.
  package func forEachPiece(
    of array: DigestedArray,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    switch array {
    case .selfSizes:
      try forEachPiece(body) { UInt32(truncatingIfNeeded: selfSizes.base[$0]).littleEndian }
    case .dominators:
      try forEachPiece(body) { immediateDominator(of: UInt32($0)).littleEndian }
    case .retainedSizes:
      try forEachPiece(body) {
        Double(retainedSize(of: UInt32($0))).bitPattern.littleEndian
      }
    case .distances:
      try forEachPiece(body) { distances.base[$0].littleEndian }
    }
  }

  /// The 64-bit FNV-1a digest of an array; a collector computes SHA-256 from the pieces itself.
  package func fnv1a64(of array: DigestedArray) -> String {
    var hash = FNV1a64()
    forEachPiece(of: array) { hash.add($0) }
    return hash.hexadecimal
  }

  private func forEachPiece<Element: BitwiseCopyable>(
    _ body: (UnsafeRawBufferPointer) throws -> Void,
    _ element: (Int) -> Element
  ) rethrows {
    let pieceCount = (64 << 10) / MemoryLayout<Element>.size
    var start = 0
    while start < graph.nodeCount {
      let end = min(start + pieceCount, graph.nodeCount)
      let piece = (start..<end).map(element)
      try piece.withUnsafeBytes { try body($0) }
      start = end
    }
  }
}
