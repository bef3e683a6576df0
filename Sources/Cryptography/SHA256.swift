internal import CCrypto

/// Computes the SHA-256 digest of bytes that come in pieces, or at once.
///
/// Owns one `EVP_MD_CTX`, and cannot be copied, so it is freed exactly once. About 600 MB/s.
package struct SHA256: ~Copyable, @unchecked Sendable {
  // Sendable because there is one owner, and the library does not care which thread it is.
  private let context: OpaquePointer

  package init() {
    // Both fail only without memory or without the library's own default provider.
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto has no SHA-256")
    }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  package mutating func update(_ bytes: RawSpan) {
    let result = bytes.withUnsafeBytes {
      EVP_DigestUpdate(context, $0.baseAddress, $0.count)
    }
    precondition(result == 1, "libcrypto refused bytes for SHA-256")
  }

  package mutating func update(_ bytes: [UInt8]) {
    update(bytes.span.bytes)
  }

  /// The digest of all the bytes that came.
  package consuming func finish() -> Digest {
    makeDigest { EVP_DigestFinal_ex(context, $0, nil) }
  }

  /// The digest of these bytes.
  package static func digest(of bytes: RawSpan) -> Digest {
    bytes.withUnsafeBytes { input in
      makeDigest { EVP_Digest(input.baseAddress, input.count, $0, nil, EVP_sha256(), nil) }
    }
  }

  /// The digest of these bytes.
  package static func digest(of bytes: [UInt8]) -> Digest {
    digest(of: bytes.span.bytes)
  }
}

/// The digest that a function of libcrypto writes to the place it is given.
func makeDigest(_ write: (UnsafeMutablePointer<UInt8>?) -> Int32) -> Digest {
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { buffer in
    let result = write(buffer.baseAddress)
    precondition(result == 1, "libcrypto wrote no digest")
    guard let digest = Digest(bytes: buffer) else {
      preconditionFailure("a digest has \(Digest.byteCount) bytes")
    }
    return digest
  }
}
