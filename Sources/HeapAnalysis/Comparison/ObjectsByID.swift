internal import CPrefetch
internal import HeapModel

/// Finds the objects of a heap by their ids, in open addressing: 8 to 16 bytes per object.
struct ObjectsByID {
  private static let free = UInt32.max
  /// Slots lie anywhere, so they are fetched as many ids ahead.
  private static let lookAhead = 16

  private let ids: FlatArray<UInt64>
  private let slots: PooledArray<UInt32>
  private let shift: UInt64
  private let hash = SeededHash()

  init(_ graph: HeapGraph, pool: MemoryPool) {
    ids = graph.nodeID
    var bits = 4
    while 1 << bits < 2 * ids.count { bits += 1 }
    slots = pool.array(repeating: Self.free, count: 1 << bits)
    shift = UInt64(64 - bits)
    let elements = ids.elements
    for node in elements.indices {
      prefetch(elements, node)
      slots.base[slot(of: elements[node])] = UInt32(truncatingIfNeeded: node)
    }
  }

  /// Calls `body` for each id with its place, and with the object that has it, if one has.
  func forEachMatch(of other: FlatArray<UInt64>, _ body: (_ index: Int, _ node: Int?) -> Void) {
    let elements = other.elements
    for index in elements.indices {
      prefetch(elements, index)
      let node = slots.base[slot(of: elements[index])]
      body(index, node == Self.free ? nil : Int(node))
    }
  }

  @inline(__always)
  private func prefetch(_ ids: UnsafeMutableBufferPointer<UInt64>, _ index: Int) {
    let later = index &+ Self.lookAhead
    if later < ids.count { retinue_prefetch(slots.base + firstSlot(of: ids[later])) }
  }

  @inline(__always)
  private func firstSlot(of id: UInt64) -> Int {
    Int(truncatingIfNeeded: hash(id) &>> shift) & (slots.count - 1)
  }

  private func slot(of id: UInt64) -> Int {
    let elements = ids.elements
    let mask = slots.count - 1
    var slot = firstSlot(of: id)
    while slots.base[slot] != Self.free, elements[Int(slots.base[slot])] != id {
      slot = (slot &+ 1) & mask
    }
    return slot
  }
}
