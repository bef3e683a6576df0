package import Cryptography
internal import Dispatch
package import HeapModel

/// Blobs as files, each under its own digest.
///
/// - a blob is written to `temporary/`, synchronised, renamed to `ab/cd…`, and its folder is
///   synchronised: only then does `put` return
/// - what is read is compared with its name; a blob that fails is moved to `quarantine/`
/// - work is spread over a few queues by digest, so that what happens to one blob happens in order
///   and threads that tasks share never wait for the disk
/// - after a failed synchronisation nothing more is written: what the system could not bring to the
///   disk it may have forgotten, and a later success would prove nothing
package final class FileBlobStore: BlobStore {
  private let folder: BlobFolder
  private let lanes: [DispatchQueue]
  private let dataFolder: DataFolder?

  /// Opens a folder, making what is missing, and removes what an earlier process left half done.
  ///
  /// - Parameter dataFolder: what must stay locked as long as there are blobs to put.
  package init(
    folder path: String,
    in dataFolder: DataFolder? = nil,
    calls: any FileCalls = SystemFileCalls()
  ) throws(StoreError) {
    self.dataFolder = dataFolder
    folder = BlobFolder(path: path, calls: calls)
    lanes = (0..<4).map { DispatchQueue(label: "store.blobs.\($0)") }
    try folder.prepare()
  }

  /// Whether writing ended for good, and why.
  package var failure: StoreError? { folder.failure }

  package func put(_ bytes: [UInt8], named digest: Digest) async throws(StoreError) {
    try await perform(on: digest) { folder throws(StoreError) in try folder.put(bytes, digest) }
  }

  package func get(_ digest: Digest) async throws(StoreError) -> [UInt8] {
    try await perform(on: digest) { folder throws(StoreError) in try folder.get(digest) }
  }

  package func size(of digest: Digest) async throws(StoreError) -> Int? {
    try await perform(on: digest) { folder throws(StoreError) in folder.size(of: digest) }
  }

  package func delete(
    _ digest: Digest,
    unlessPutSince time: UnixNanoseconds
  ) async throws(StoreError) -> Bool {
    try await perform(on: digest) { folder throws(StoreError) in
      folder.delete(digest, unlessPutSince: time)
    }
  }

  package func list(after cursor: Digest?, limit: Int) async throws(StoreError) -> [Digest] {
    try await perform(onLane: 0) { folder throws(StoreError) in
      folder.list(after: cursor, limit: limit)
    }
  }

  private func perform<Value: Sendable>(
    on digest: Digest,
    _ body: @escaping @Sendable (BlobFolder) throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try await perform(onLane: Int(digest.bytes[0]) % lanes.count, body)
  }

  private func perform<Value: Sendable>(
    onLane lane: Int,
    _ body: @escaping @Sendable (BlobFolder) throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let folder = folder
    let result = await withUnsafeContinuation {
      (continuation: UnsafeContinuation<Result<Value, StoreError>, Never>) in
      lanes[lane].async {
        continuation.resume(returning: Result { () throws(StoreError) in try body(folder) })
      }
    }
    return try result.get()
  }
}
