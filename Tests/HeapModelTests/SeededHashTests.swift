import HeapModel
import TestSupport
import Testing

struct SeededHashTests {
  /// Ids that all have the same highest 40 bits of their hash, if the seed is 0.
  private var chosen: [UInt64] {
    (0..<4_096).map { index in
      var hash = UInt64(index) &* inverse(of: 0xD6E8_FEB8_6659_FD93)
      hash ^= hash &>> 32
      return hash &* inverse(of: 0x9E37_79B9_7F4A_7C15)
    }
  }

  private func inverse(of odd: UInt64) -> UInt64 {
    (0..<5).reduce(odd) { inverse, _ in inverse &* (2 &- odd &* inverse) }
  }

  /// How many of 4,096 slots the ids take.
  private func slotCount(_ hash: SeededHash) -> Int {
    Set(chosen.map { hash($0) &>> 52 }).count
  }

  @Test func `ids that were chosen for one seed lie apart with another`() {
    expect(slotCount(SeededHash(seed: 0)), equals: 1)
    for seed: UInt64 in [1, 0x55, 0x1_0000_0000, 0x1234_5678_9ABC_DEF0] {
      #expect(slotCount(SeededHash(seed: seed)) > 2_000, "\(seed)")
    }
    expect(SeededHash()(7), equals: SeededHash()(7))
  }
}
