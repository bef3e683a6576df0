internal import CCrypto

/// Keyed digests: whoever lacks the key can neither make them nor guess what they stand for.
package struct HMACSHA256: Sendable {
  private let key: [UInt8]

  /// Takes a key: 32 bytes from `RandomBytes`, say; never none.
  package init(key: [UInt8]) {
    precondition((1...Int(Int32.max)).contains(key.count), "a key of \(key.count) bytes")
    self.key = key
  }

  /// The keyed digest of these bytes.
  ///
  /// About 5 microseconds for short ones.
  package func digest(of bytes: RawSpan) -> Digest {
    bytes.withUnsafeBytes { input in
      makeDigest { output in
        let end = HMAC(
          EVP_sha256(),
          key,
          Int32(key.count),
          input.baseAddress,
          input.count,
          output,
          nil
        )
        return end == nil ? 0 : 1
      }
    }
  }

  package func digest(of bytes: [UInt8]) -> Digest {
    digest(of: bytes.span.bytes)
  }
}
