internal import Cryptography

/// The digest of an upload: SHA-256 over the digests of its blocks.
enum UploadDigest {
  static func digest(of digests: [[UInt8]]) -> [UInt8] {
    var hash = SHA256()
    for digest in digests { hash.update(digest) }
    return hash.finish().bytes
  }
}
