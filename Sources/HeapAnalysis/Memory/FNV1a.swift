/// The FNV-1a hash of 64 bits: small, the same everywhere and for ever, not for secrets.
package struct FNV1a64: Sendable, Hashable {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  /// One that starts elsewhere, for tables in memory whose order nobody should foresee.
  init(startingAt value: UInt64) {
    self.value = value
  }

  package mutating func add(_ bytes: some Sequence<UInt8>) {
    var hash = value
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    value = hash
  }

  /// Sixteen hexadecimal digits.
  package var hexadecimal: String { hexadecimalDigits(value) }
}

/// The FNV-1a hash of 128 bits, for fingerprints that are kept for ever and compared by value.
package struct FNV1a128: Sendable, Hashable {
  private var high: UInt64 = 0x6c62_272e_07bb_0142
  private var low: UInt64 = 0x62b8_2175_6295_c58d

  package init() {}

  package mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      low ^= UInt64(byte)
      // The prime is 2^88 + 0x13b.
      let product = low.multipliedFullWidth(by: 0x13b)
      high = high &* 0x13b &+ product.high &+ (low << 24)
      low = product.low
    }
  }

  /// Thirty-two hexadecimal digits.
  package var hexadecimal: String { hexadecimalDigits(high) + hexadecimalDigits(low) }
}

private func hexadecimalDigits(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
