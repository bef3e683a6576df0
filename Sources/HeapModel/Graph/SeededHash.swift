/// Spreads numbers over a hash table in a way that differs from process to process, so that whoever
/// writes a snapshot cannot choose ids that all fall into one place.
@usableFromInline package struct SeededHash: Sendable {
  @usableFromInline let seed: UInt64

  private static let processSeed = UInt64.random(in: .min ... .max)

  /// With the seed of this process.
  package init() {
    self.init(seed: Self.processSeed)
  }

  package init(seed: UInt64) {
    self.seed = seed
  }

  /// All bits depend on all bits; a table takes those from 32 on.
  @inlinable @inline(__always)
  package func callAsFunction(_ number: UInt64) -> UInt64 {
    var hash = (number ^ seed) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash &>> 32
    return hash &* 0xD6E8_FEB8_6659_FD93
  }
}
