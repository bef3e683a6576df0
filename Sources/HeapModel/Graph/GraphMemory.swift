/// Where the arrays of a graph have their memory from, and where it goes when they go away.
///
/// Whoever reads one snapshot after the other keeps it from one to the next: the kernel then hands
/// out no page twice, which was a tenth of the CPU time of a 49 MB file (`docs/analysis.md`). A
/// protocol, since keeping takes a lock, and this module imports nothing.
package protocol GraphMemory: AnyObject, Sendable {
  /// A block of at least `byteCount` bytes of undefined content.
  ///
  /// Little larger than asked for, if at all: a graph may be kept for hours.
  func takeBlock(byteCount: Int) -> MemoryBlock

  /// Takes over a block that nobody uses any more.
  func giveBack(_ block: MemoryBlock)
}

/// Memory with one owner, who gives it back where it was taken.
package struct MemoryBlock: @unchecked Sendable {
  package let address: UnsafeMutableRawPointer
  package let byteCount: Int

  package init(address: UnsafeMutableRawPointer, byteCount: Int) {
    self.address = address
    self.byteCount = byteCount
  }

  /// Memory of the system's, undefined content.
  package static func fresh(byteCount: Int) -> MemoryBlock {
    MemoryBlock(address: .allocate(byteCount: byteCount, alignment: 64), byteCount: byteCount)
  }

  package func deallocate() {
    address.deallocate()
  }
}

extension GraphMemory? {
  /// Arrays below this are the system's business: they cost no pages, and would only lengthen the
  /// list of blocks that wait.
  private static var leastByteCount: Int { 1 << 16 }

  func takeBlock(byteCount: Int) -> MemoryBlock {
    guard let self, byteCount >= Self.leastByteCount else { return .fresh(byteCount: byteCount) }
    return self.takeBlock(byteCount: byteCount)
  }

  func giveBack(_ block: MemoryBlock) {
    guard let self, block.byteCount >= Self.leastByteCount else { return block.deallocate() }
    self.giveBack(block)
  }

  /// Outgrown blocks up to this serve the next heap, whose arrays grow through the same sizes.
  private static var mostOutgrownByteCount: Int { 16 << 20 }

  /// Gives back a block that an array has left for one of another size.
  ///
  /// Large ones go to the system: together, those that an array has outgrown are twice the array.
  func giveBackOutgrown(_ block: MemoryBlock) {
    guard block.byteCount <= Self.mostOutgrownByteCount else { return block.deallocate() }
    giveBack(block)
  }
}
