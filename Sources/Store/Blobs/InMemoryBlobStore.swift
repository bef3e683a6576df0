package import Cryptography
package import HeapModel
internal import Synchronization

/// Blobs that live as long as the process.
package final class InMemoryBlobStore: BlobStore {
  private struct Blob: Sendable {
    var bytes: [UInt8]
    var putAt: UnixNanoseconds
  }

  private let blobs = Mutex<[Digest: Blob]>([:])
  private let now: @Sendable () -> UnixNanoseconds

  package init(now: @escaping @Sendable () -> UnixNanoseconds = SystemTime.now) {
    self.now = now
  }

  package func put(_ bytes: [UInt8], named digest: Digest) async throws(StoreError) {
    blobs.withLock { $0[digest] = Blob(bytes: bytes, putAt: now()) }
  }

  package func get(_ digest: Digest) async throws(StoreError) -> [UInt8] {
    guard let bytes = blobs.withLock({ $0[digest]?.bytes }) else {
      throw StoreError(.missing, "there is no blob \(digest)")
    }
    return bytes
  }

  package func size(of digest: Digest) async throws(StoreError) -> Int? {
    blobs.withLock { $0[digest]?.bytes.count }
  }

  package func list(after cursor: Digest?, limit: Int) async throws(StoreError) -> [Digest] {
    blobs.withLock { blobs in
      let found = blobs.keys.filter { digest in cursor.map { digest > $0 } ?? true }
      return Array(found.sorted().prefix(limit))
    }
  }

  package func delete(
    _ digest: Digest,
    unlessPutSince time: UnixNanoseconds
  ) async throws(StoreError) -> Bool {
    blobs.withLock { blobs in
      guard let blob = blobs[digest], blob.putAt < time else { return false }
      blobs[digest] = nil
      return true
    }
  }
}
