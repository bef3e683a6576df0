package import HeapModel

/// What the owner of a conversation's socket is to do, or to know.
package enum SessionAction: Hashable, Sendable {
  /// Send this text as one message.
  case send([UInt8])
  /// Read this file, which the target has written into its folder for temporary files, remove it, and
  /// tell the conversation what comes of it (`receivedFile`) until the request is over.
  case readFile(SessionRequest.ID, name: String)

  /// The session stands; requests are welcome.
  case attached(SessionDescription)
  /// What the target can be asked for has changed, with a sentence why.
  case capabilitiesChanged(Capabilities, detail: String)
  /// The target has not answered for some seconds: it is busy, stopped or captured by another.
  case becameUnresponsive
  case becameResponsive

  case usage(SessionRequest.ID, UsageReading)
  case collected(SessionRequest.ID, CollectionReport)
  case samplingStarted(SessionRequest.ID)
  case profile(SessionRequest.ID, SamplingProfile)
  /// Allocations are recorded, and the target runs slower.
  case timelineStarted(SessionRequest.ID)
  case collectionWindowOpened(SessionRequest.ID)
  case census(SessionRequest.ID, ClassCensus)
  /// How far the engine is with a snapshot, in nodes; the target stands still meanwhile.
  case snapshotProgress(SessionRequest.ID, done: UInt64, total: UInt64)
  /// The next piece of the engine's own text.
  case snapshotBytes(SessionRequest.ID, [UInt8])
  case snapshotEnded(SessionRequest.ID, SnapshotReport)
  /// The engine's ids were cleared, and a recording that was under way is over: by `endSeries`,
  /// when its time was over, or before detaching.
  case seriesEnded
  /// The request is over and has no result. Snapshot bytes that came before are of no use.
  case failed(SessionRequest.ID, SessionFailure)

  /// The heap's title (`SessionDescription.title`) is another now: a page went elsewhere.
  case retitled(String)
  /// The heap lives in another process now (`SessionDescription.processID`).
  case moved(processID: Int32)
  /// There is another heap, beyond as many as one connection watches; told of the main heap.
  case heapPassedOver

  /// The session with this heap is over, and every request of it was answered before. Of the main
  /// heap: close the socket now; all others were let go of before.
  case letGo(LetGoReason)
}

/// What a session is with.
package struct SessionDescription: Hashable, Sendable {
  /// What this heap is called among those of its process: `worker 1`; empty for the main one.
  ///
  /// It stays the same for as long as the heap lives, over our own restarts.
  package var name: String
  /// The script or page that it runs, as the runtime names it; empty for the main heap.
  package var title: String
  package var capabilities: Capabilities
  /// The runtime's own name of this heap; empty where it has none.
  package var isolate: String
  /// A developer's own session has what is missing in the capabilities.
  package var isInUse: Bool
  /// The runtime's version where the session itself tells it; else empty.
  package var version: String
  /// The process that this heap lives in, by the number that the runtime knows it by, where it is
  /// another than the one that was connected to; 0 where it is the same or not told.
  package var processID: Int32
  /// Why a capability is missing, for people; empty if none is.
  package var detail: String

  package init(
    name: String = "",
    title: String = "",
    capabilities: Capabilities,
    isolate: String,
    isInUse: Bool = false,
    version: String = "",
    processID: Int32 = 0,
    detail: String = ""
  ) {
    self.name = name
    self.title = title
    self.capabilities = capabilities
    self.isolate = isolate
    self.isInUse = isInUse
    self.version = version
    self.processID = processID
    self.detail = detail
  }
}

/// One reading of usage, and the collections since the one before it on this session.
package struct UsageReading: Hashable, Sendable {
  package var usage: HeapUsage
  package var collections: [CollectionActivity]

  package init(usage: HeapUsage, collections: [CollectionActivity]) {
    self.usage = usage
    self.collections = collections
  }
}

/// A collection that was asked for.
package struct CollectionReport: Hashable, Sendable {
  package var before: HeapUsage
  package var after: HeapUsage
  /// How long the program stood still; where the engine does not tell, how long it took to answer.
  package var pauseNanoseconds: UInt64

  package init(before: HeapUsage, after: HeapUsage, pauseNanoseconds: UInt64) {
    self.before = before
    self.after = after
    self.pauseNanoseconds = pauseNanoseconds
  }
}

/// What is known of a snapshot when it is complete.
package struct SnapshotReport: Hashable, Sendable {
  /// Bytes handed out as `.snapshotBytes`.
  package var byteCount: UInt64
  /// Its `epoch` is empty outside a series.
  package var identity: IdentityEpoch
  /// From request to reply, nearly all of which the program stood still.
  package var pauseNanoseconds: UInt64
  /// Heap usage just before.
  package var usageBefore: HeapUsage
  /// What was shown of the largest Maps and Sets, where snapshots do not tell what is in them.
  package var collections: [CollectionPreview]

  package init(
    byteCount: UInt64,
    identity: IdentityEpoch,
    pauseNanoseconds: UInt64,
    usageBefore: HeapUsage,
    collections: [CollectionPreview] = []
  ) {
    self.byteCount = byteCount
    self.identity = identity
    self.pauseNanoseconds = pauseNanoseconds
    self.usageBefore = usageBefore
    self.collections = collections
  }
}
