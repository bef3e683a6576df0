package import Cryptography
package import HeapModel

/// Bytes by the digest of their content: a snapshot's blocks as they travelled, and answers.
///
/// A blob never changes, so putting it twice is putting it once, a repeated upload costs nothing,
/// and whatever is read is checked against its name. Blobs are a few megabytes at most.
package protocol BlobStore: Sendable {
  /// Stores bytes whose digest the caller has computed, and returns when they would survive a
  /// power loss. A blob that is there but damaged is made whole.
  func put(_ bytes: [UInt8], named digest: Digest) async throws(StoreError)

  /// Reads a blob.
  ///
  /// - Throws: `.missing`, or `.damaged` for bytes that are not what was put: they are set aside,
  ///   and never returned.
  func get(_ digest: Digest) async throws(StoreError) -> [UInt8]

  /// How many bytes a blob has; nil if there is none. Does not look at its content.
  func size(of digest: Digest) async throws(StoreError) -> Int?

  /// Blobs in the order of their digests.
  func list(after cursor: Digest?, limit: Int) async throws(StoreError) -> [Digest]

  /// Removes a blob, unless it was put (again) at this time or later by the store's own clock:
  /// whoever looks for blobs that nobody needs cannot take one that is being put.
  ///
  /// - Returns: whether it was removed.
  func delete(
    _ digest: Digest,
    unlessPutSince time: UnixNanoseconds
  ) async throws(StoreError) -> Bool
}

extension BlobStore {
  /// Stores bytes under the digest they have.
  package func put(_ bytes: [UInt8]) async throws(StoreError) -> Digest {
    let digest = SHA256.digest(of: bytes)
    try await put(bytes, named: digest)
    return digest
  }
}
