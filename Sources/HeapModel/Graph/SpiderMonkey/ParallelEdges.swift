/// Removes references that say the same twice: from one object, by one name, to one target.
///
/// A page whose allocations were recorded has a root with 258,239 references, of which all but 182
/// repeat others. References of different names to one target are kept.
struct ParallelEdges {
  private let firstEdge: FlatArray<UInt64>
  private let kind: FlatArray<UInt8>
  private let name: FlatArray<UInt32>
  private let target: FlatArray<UInt32>
  /// For objects of many references: slots of a hash table, each an edge and one more.
  private var slots: [UInt32] = []
  private let hash = SeededHash()

  /// Up to so many references of an object are compared one with the other.
  private static let comparedLimit = 16

  init(
    firstEdge: FlatArray<UInt64>,
    kind: FlatArray<UInt8>,
    name: FlatArray<UInt32>,
    target: FlatArray<UInt32>
  ) {
    self.firstEdge = firstEdge
    self.kind = kind
    self.name = name
    self.target = target
  }

  /// Closes the gaps in the arrays; the order of what stays is kept.
  mutating func remove() {
    var kept = 0
    var start = 0
    for node in 0..<(firstEdge.count - 1) {
      let end = Int(firstEdge[node + 1])
      let first = kept
      let isLong = end - start > Self.comparedLimit
      if isLong { clearSlots(for: end - start) }
      for edge in start..<end {
        let isKnown =
          isLong
          ? enter(edge, as: kept - first, from: first)
          : (first..<kept).contains { isEqual($0, edge) }
        guard isKnown == false else { continue }
        kind[kept] = kind[edge]
        name[kept] = name[edge]
        target[kept] = target[edge]
        kept += 1
      }
      firstEdge[node + 1] = UInt64(kept)
      start = end
    }
    kind.truncate(to: kept)
    name.truncate(to: kept)
    target.truncate(to: kept)
  }

  @inline(__always)
  private func isEqual(_ a: Int, _ b: Int) -> Bool {
    target[a] == target[b] && name[a] == name[b] && kind[a] == kind[b]
  }

  private mutating func clearSlots(for count: Int) {
    var slotCount = 64
    while slotCount < count * 2 { slotCount *= 2 }
    slots = Array(repeating: 0, count: slotCount)
  }

  /// Enters an edge that will be the object's number `number`, unless an equal one is there.
  private mutating func enter(_ edge: Int, as number: Int, from first: Int) -> Bool {
    let mask = UInt64(slots.count - 1)
    let link = UInt64(target[edge]) << 32 | UInt64(name[edge])
    var slot = hash(link ^ UInt64(kind[edge]) << 61) &>> 32 & mask
    while slots[Int(slot)] != 0 {
      if isEqual(first + Int(slots[Int(slot)]) - 1, edge) { return true }
      slot = (slot + 1) & mask
    }
    slots[Int(slot)] = UInt32(number + 1)
    return false
  }
}
