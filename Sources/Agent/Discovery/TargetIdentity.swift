package import HeapModel

extension TargetID {
  /// The identity of a heap in a process: the same for every agent that looks at it, over restarts
  /// of agent and collector, and another one as soon as the process is another.
  ///
  /// - Parameter heap: its name among those of the process; `0` for the main thread's.
  package init(bootID: String, process: ProcessFacts, heap: String = "0") {
    let text = [
      bootID, process.processNamespace, String(process.innerProcessID),
      String(process.startTicks), heap,
    ].joined(separator: "|")
    let hash = fnv1a128(text.utf8)
    self.init(high: UInt64(truncatingIfNeeded: hash >> 64), low: UInt64(truncatingIfNeeded: hash))
  }
}

/// The 128-bit FNV-1a hash (http://www.isthe.com/chongo/tech/comp/fnv/).
func fnv1a128(_ bytes: some Sequence<UInt8>) -> UInt128 {
  var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
  for byte in bytes {
    hash ^= UInt128(byte)
    hash &*= 0x0000_0000_0100_0000_0000_0000_0000_013b
  }
  return hash
}
