/// From an engine's node identifiers to ordinals: a flat table where identifiers are dense
/// (JavaScriptCore counts them up), else a hash table.
final class IdentifierMap {
  private let isDense: Bool
  /// Dense: ordinal by identifier.
  ///
  /// Else: ordinal by slot.
  private let slots: FlatArray<UInt32>
  private let identifiers: FlatArray<UInt64>
  private let hash = SeededHash()
  private static let empty = absent

  /// What stands for the ordinal of a node that does not exist.
  static let absent = UInt32.max

  /// - Throws: `malformed` where two nodes have the same identifier.
  init(_ identifiers: FlatArray<UInt64>) throws(SnapshotError) {
    self.identifiers = identifiers
    let count = identifiers.count
    let highest = identifiers.elements.max() ?? 0
    isDense = highest < UInt64(count) * 8 + 65_536
    let slotCount = isDense ? Int(highest) + 1 : (count * 2).nextPowerOfTwo
    slots = FlatArray(repeating: Self.empty, count: slotCount)
    for ordinal in 0..<count {
      let identifier = identifiers[ordinal]
      let slot = self.slot(identifier)
      guard slots[slot] == Self.empty else {
        throw SnapshotError(.malformed, "two nodes have the identifier \(identifier)")
      }
      slots[slot] = UInt32(ordinal)
    }
  }

  /// The ordinal of a node, or `absent`.
  subscript(identifier: UInt64) -> UInt32 {
    let isInside = isDense == false || identifier < UInt64(slots.count)
    return isInside ? slots[slot(identifier)] : Self.absent
  }

  /// - Parameter meaning: how a sentence begins that says what refers to the node
  func ordinal(_ identifier: UInt64, _ meaning: String) throws(SnapshotError) -> UInt32 {
    let ordinal = self[identifier]
    guard ordinal != Self.absent else {
      throw SnapshotError(.malformed, "\(meaning) node \(identifier), which does not exist")
    }
    return ordinal
  }

  /// The identifier's slot, or the empty one where it would go.
  private func slot(_ identifier: UInt64) -> Int {
    if isDense { return Int(identifier) }
    let mask = UInt64(slots.count - 1)
    var slot = hash(identifier) &>> 32 & mask
    while true {
      let ordinal = slots[Int(slot)]
      if ordinal == Self.empty || identifiers[Int(ordinal)] == identifier { return Int(slot) }
      slot = (slot + 1) & mask
    }
  }
}

extension Int {
  fileprivate var nextPowerOfTwo: Int {
    self <= 2 ? 2 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
  }
}
