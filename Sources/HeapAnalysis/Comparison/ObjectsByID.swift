internal import HeapModel

/// Finds the objects of a heap by their ids, in open addressing: 8 to 16 bytes per object.
struct ObjectsByID {
  private static let free = UInt32.max

  private let ids: FlatArray<UInt64>
  private let slots: PooledArray<UInt32>
  private let shift: UInt64

  init(_ graph: HeapGraph, pool: MemoryPool) {
    ids = graph.nodeID
    var bits = 4
    while 1 << bits < 2 * ids.count { bits += 1 }
    slots = pool.array(repeating: Self.free, count: 1 << bits)
    shift = UInt64(64 - bits)
    let elements = ids.elements
    for node in elements.indices {
      slots.base[slot(of: elements[node])] = UInt32(truncatingIfNeeded: node)
    }
  }

  subscript(id: UInt64) -> UInt32? {
    let node = slots.base[slot(of: id)]
    return node == Self.free ? nil : node
  }

  private func slot(of id: UInt64) -> Int {
    let elements = ids.elements
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: (id &* 0x9E37_79B9_7F4A_7C15) &>> shift) & mask
    while slots.base[slot] != Self.free, elements[Int(slots.base[slot])] != id {
      slot = (slot &+ 1) & mask
    }
    return slot
  }
}
