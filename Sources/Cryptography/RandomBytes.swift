internal import CCrypto

/// Bytes nobody can guess, for tokens, keys and ids.
package enum RandomBytes {
  /// Ends the process if the system has no randomness: there is nothing safe to do without.
  package static func make(count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let result = RAND_bytes(buffer.baseAddress, Int32(count))
      precondition(result == 1, "the system has no random bytes")
      initialized = count
    }
  }
}

/// Comparison of secrets, whose time tells nothing about where they differ.
package enum ConstantTime {
  /// Whether the bytes are the same; only their counts can be told from the time it takes.
  package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return CRYPTO_memcmp(left, right, left.count) == 0
  }
}
