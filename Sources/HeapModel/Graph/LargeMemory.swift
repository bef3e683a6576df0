internal import CHugePages

/// Memory for the arrays of a heap, many megabytes each.
///
/// Handing out fresh memory in pages of 4 KiB took a third of the CPU of a whole analysis: half a
/// microsecond a page and more. With pages of 2 MiB it is a few per cent, nearly all of it the
/// zeroing.
package enum LargeMemory {
  /// Bytes of a huge page.
  private static let pageByteCount = 2 << 20

  /// Memory of undefined content; `deallocate()` gives it back.
  ///
  /// Only whole huge pages inside the block are asked for, so the resident size never grows beyond
  /// what was touched by more than one of them.
  package static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= pageByteCount else { return .allocate(byteCount: byteCount, alignment: 64) }
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount,
      alignment: pageByteCount
    )
    retinue_use_huge_pages(memory, byteCount / pageByteCount * pageByteCount)
    return memory
  }
}
