internal import HeapModel
internal import Log
internal import Store

/// Forgets what has had its time: uploads nobody goes on with, blobs nobody needs, old readings,
/// requests and jobs.
struct Housekeeping: Sendable {
  private let store: EmbeddedStore
  private let uploads: UploadService
  private let configuration: CollectorConfiguration
  private let clock: any CollectorClock
  private let log: Logger

  private static let requestsKept = 7 * 24 * hour
  private static let jobsKept = 24 * hour
  /// A blob without a reference is left for so long: whoever put it may be about to refer to it.
  private static let blobsKept = hour
  /// Looking at every blob takes seconds where there are hundreds of thousands.
  private static let sweepEvery = 6 * hour

  init(
    _ store: EmbeddedStore,
    _ uploads: UploadService,
    _ configuration: CollectorConfiguration,
    clock: any CollectorClock,
    log: Logger
  ) {
    self.store = store
    self.uploads = uploads
    self.configuration = configuration
    self.clock = clock
    self.log = log
  }

  /// Once a while, until the task is cancelled.
  func run() async {
    var nextSweep = clock.now() + Self.sweepEvery
    while Task.isCancelled == false {
      do {
        try await forget()
        if clock.now() >= nextSweep {
          nextSweep = clock.now() + Self.sweepEvery
          try await sweepBlobs()
        }
      } catch {
        log.warning("not everything old was forgotten", ["error": LoggedError(error)])
      }
      try? await clock.sleep(until: clock.now() + 10 * minute)
    }
  }

  private func forget() async throws {
    let expired = try await uploads.expire(silentFor: configuration.uploadsKept)
    if expired > 0 { log.info("uploads given up", ["count": expired]) }
    try await store.series.forget(before: before(configuration.readingsKept))
    try await store.metadata.forgetRequests(before: before(Self.requestsKept))
    try await store.jobs.forget(endedBefore: before(Self.jobsKept))
  }

  /// Removes the blobs that nothing refers to.
  private func sweepBlobs() async throws {
    let cutoff = before(Self.blobsKept)
    var removed = 0
    var page = try await store.blobs.list(after: nil, limit: 512)
    while let last = page.last, Task.isCancelled == false {
      for digest in page where try await store.metadata.isReferenced(digest) == false {
        if try await store.blobs.delete(digest, unlessPutSince: cutoff) { removed += 1 }
      }
      page = try await store.blobs.list(after: last, limit: 512)
    }
    if removed > 0 { log.info("blobs without a reference removed", ["count": removed]) }
  }

  private func before(_ age: UnixNanoseconds) -> UnixNanoseconds {
    let now = clock.now()
    return now > age ? now - age : 0
  }
}
