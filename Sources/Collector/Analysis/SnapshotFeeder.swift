internal import HeapAnalysis
package import HeapModel
internal import Log
internal import SnapshotColumns
internal import Store

/// Decodes snapshots while their blocks arrive, so that only the graph's own work is left when the
/// last one has come.
///
/// - blocks are decoded behind their acknowledgement, never before it, and hold none up
/// - a backlog keeps at most `backlogLimit` blocks in memory; further ones are read back
/// - a half-built graph is given up when its upload stalls and memory is wanted, when memory does
///   not suffice, or when the collector ends: what is stored is enough to build it again
package actor SnapshotFeeder {
  /// A graph that was built while its blocks came.
  package struct Fed: Sendable {
    package var graph: HeapGraph
    package var memory: HeapMemory.Share
    /// How many blocks were decoded when the last one came.
    package var blocksBeforeLast: UInt32
  }

  private struct Feed {
    let assembly: GraphAssembly
    let memory: HeapMemory.Share
    var backlog: [(record: BlockRecord, payload: [UInt8]?)] = []
    var isDecoding = false
    var blocksBeforeLast: UInt32 = 0
    var decodedCount: UInt32 = 0
    var touchedAt: UnixNanoseconds
    var failure: SnapshotError?
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private static let backlogLimit = 32
  /// A feed that nothing came for so long may be given up for others.
  private static let idleAfter = 10 * second

  private let blobs: any BlobStore
  private let memory: HeapMemory
  private let pool: MemoryPool
  private let clock: any CollectorClock
  private let log: Logger
  private let work = BlockingWork(label: "collector.decoding")
  private var feeds: [String: Feed] = [:]

  /// - Parameter pool: where graphs are from, and where they go when they are given up.
  init(
    blobs: any BlobStore,
    memory: HeapMemory,
    pool: MemoryPool,
    clock: any CollectorClock,
    log: Logger
  ) {
    self.blobs = blobs
    self.memory = memory
    self.pool = pool
    self.clock = clock
    self.log = log
  }

  // MARK: - What arrives

  /// A block of a snapshot is stored.
  func stored(_ block: BlockRecord, payload: [UInt8], of uploadID: String) {
    if block.index == 0 { begin(uploadID) }
    guard var feed = feeds.removeValue(forKey: uploadID) else { return }
    defer {
      feeds[uploadID] = feed
      decode(uploadID)
    }
    let keepsPayload = feed.backlog.count < Self.backlogLimit
    feed.backlog.append((block, keepsPayload ? payload : nil))
    feed.blocksBeforeLast = feed.decodedCount
    feed.touchedAt = clock.now()
  }

  private func begin(_ uploadID: String) {
    // A little to begin with; the header says how much more.
    guard feeds[uploadID] == nil, let share = memory.shareIfFree(8 << 20) else { return }
    do throws(SnapshotError) {
      feeds[uploadID] = Feed(
        assembly: try GraphAssembly(memory: share, pool: pool),
        memory: share,
        touchedAt: clock.now()
      )
    } catch {
      log.debug("not decoded while it arrives", ["upload": uploadID, "error": LoggedError(error)])
    }
  }

  /// The upload came to nothing: so does the graph.
  func drop(_ uploadID: String) {
    guard let feed = feeds.removeValue(forKey: uploadID) else { return }
    for waiting in feed.waiting { waiting.resume() }
  }

  /// Gives up the feed that was idle longest.
  ///
  /// - Returns: whether there was one.
  func dropIdle() -> Bool {
    let cutoff = clock.now() - Self.idleAfter
    let idle = feeds.filter { $0.value.touchedAt < cutoff && $0.value.waiting.isEmpty }
    guard let oldest = idle.min(by: { $0.value.touchedAt < $1.value.touchedAt }) else {
      return false
    }
    drop(oldest.key)
    return true
  }

  // MARK: - Decoding

  private func decode(_ uploadID: String) {
    guard let feed = feeds[uploadID], feed.isDecoding == false, feed.backlog.isEmpty == false,
      feed.failure == nil
    else { return }
    feeds[uploadID]?.isDecoding = true
    Task { await decodeBacklog(uploadID, feed.assembly) }
  }

  private func decodeBacklog(_ uploadID: String, _ assembly: GraphAssembly) async {
    while let next = nextBlock(uploadID, of: assembly) {
      do {
        let payload: [UInt8]
        if let kept = next.payload {
          payload = kept
        } else {
          payload = try await blobs.get(next.record.blob)
        }
        let block = EncodedBlock(next.record, payload)
        try await work.run { try assembly.consume(block) }
        feeds[uploadID]?.decodedCount += 1
      } catch {
        failed(uploadID, error)
      }
    }
    guard isCurrent(uploadID, assembly) else { return }
    feeds[uploadID]?.isDecoding = false
    for waiting in feeds[uploadID]?.waiting ?? [] { waiting.resume() }
    feeds[uploadID]?.waiting = []
  }

  private func nextBlock(
    _ uploadID: String,
    of assembly: GraphAssembly
  ) -> (record: BlockRecord, payload: [UInt8]?)? {
    guard isCurrent(uploadID, assembly), let feed = feeds[uploadID], feed.failure == nil,
      feed.backlog.isEmpty == false
    else { return nil }
    return feeds[uploadID]?.backlog.removeFirst()
  }

  private func isCurrent(_ uploadID: String, _ assembly: GraphAssembly) -> Bool {
    feeds[uploadID]?.assembly === assembly
  }

  private func failed(_ uploadID: String, _ error: any Error) {
    guard let error = error as? SnapshotError, error.code != .unreadable, error.code != .tooLarge
    else {
      // No memory, or no way to read it back: it is built again when its turn comes.
      drop(uploadID)
      return
    }
    log.warning("a snapshot cannot be decoded", ["upload": uploadID, "error": LoggedError(error)])
    feeds[uploadID]?.failure = error
    feeds[uploadID]?.backlog = []
  }

  // MARK: - Taking

  /// The graph of an upload that is complete; nil if it must be built from the store.
  ///
  /// - Throws: `SnapshotError` for a snapshot that is none.
  func take(_ uploadID: String, blockCount: UInt32) async throws -> Fed? {
    while let feed = feeds[uploadID], feed.isDecoding {
      await withCheckedContinuation { feeds[uploadID]?.waiting.append($0) }
    }
    guard let feed = feeds.removeValue(forKey: uploadID) else { return nil }
    if let failure = feed.failure { throw failure }
    guard feed.decodedCount == blockCount else { return nil }
    let assembly = feed.assembly
    let graph = try await work.run { try assembly.finish() }
    return Fed(graph: graph, memory: feed.memory, blocksBeforeLast: feed.blocksBeforeLast)
  }
}

extension EncodedBlock {
  init(_ record: BlockRecord, _ payload: [UInt8]) {
    self.init(
      index: record.index,
      kind: record.kind,
      rawByteCount: Int(record.rawSize),
      bytes: payload
    )
  }
}
