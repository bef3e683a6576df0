internal import HeapModel

/// A set of 64-bit ids in open addressing: a million ids are 16 MB and 20 ms.
struct IdentifierSet {
  private let slots: PooledArray<UInt64>
  private let shift: UInt64
  private let hash = SeededHash()
  private var hasZero = false

  init(_ ids: UnsafeBufferPointer<UInt64>, pool: MemoryPool) {
    var bits = 4
    while 1 << bits < 2 * ids.count { bits += 1 }
    slots = pool.array(repeating: 0, count: 1 << bits)
    shift = UInt64(64 - bits)
    for id in ids { insert(id) }
  }

  private mutating func insert(_ id: UInt64) {
    if id == 0 {
      hasZero = true
      return
    }
    slots.base[slot(of: id)] = id
  }

  func contains(_ id: UInt64) -> Bool {
    id == 0 ? hasZero : slots.base[slot(of: id)] == id
  }

  /// Where the id is, or the free place where it belongs.
  ///
  /// Half of the slots are free.
  private func slot(of id: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash(id) &>> shift) & mask
    while slots.base[slot] != 0, slots.base[slot] != id { slot = (slot &+ 1) & mask }
    return slot
  }
}
