internal import HeapModel
internal import JSONStream

/// What is known of one V8 program from one request to the next.
struct CDPDialect: InspectorDialect {
  typealias Command = CDPCommand

  static let places = MessageReader.Places(
    snapshotText: MessageReader.TextPlace(
      container: "params",
      key: "chunk",
      method: "HeapProfiler.addHeapSnapshotChunk"
    ),
    enclosures: [nodeWorkerEnclosure]
  )

  /// A window of allocation sampling that is open.
  struct Sampling: Sendable {
    var intervalBytes: UInt64
    var startedAt: UnixNanoseconds
    /// Set where another client had started the sampler: the ordinal at which our window began.
    var sharedFrom: Int64?
  }

  let options: SessionOptions
  /// Of a worker thread; nil for the main thread.
  let heap: HeapIntroduction?
  var isolate = ""
  /// The counters of the reading before.
  var counters: CDPCollectionCounters?
  /// Major collections that we asked for since then.
  var forcedCollections: UInt64 = 0
  var sampling: Sampling?
  var series: CDPSeries?
  /// The engine holds an id for every object, which slows the program.
  var holdsIDs = false
  private(set) var epochCount: UInt64 = 0

  init(options: SessionOptions, heap: HeapIntroduction?) {
    self.options = options
    self.heap = heap
  }

  let capabilities: Capabilities = [
    .snapshot, .comparisonByID, .sampling, .forcedCollection, .collectionEvents, .liveUsage,
    .heapSpaces, .collectionContents, .locations,
  ]

  func attachment() -> any SessionOperation<CDPDialect> {
    CDPAttachment()
  }

  func detachment() -> any SessionOperation<CDPDialect> {
    CDPDetachment()
  }

  func operation(
    for request: SessionRequest,
    id: SessionRequest.ID
  ) throws(SessionFailure) -> any SessionOperation<CDPDialect> {
    switch request {
    case .usage:
      return CDPUsageReading(id: id)
    case .collectGarbage:
      return CDPCollection(id: id)
    case .startSampling(let intervalBytes):
      guard sampling == nil else {
        throw SessionFailure(.busy, "a sampling window is open already")
      }
      return CDPSamplingStart(id: id, intervalBytes: max(intervalBytes, 1 << 10))
    case .stopSampling:
      guard let sampling else { throw SessionFailure(.unsupported, "no sampling window is open") }
      return CDPSamplingStop(id: id, window: sampling)
    case .snapshot(let inSeries):
      // Clearing ids afterwards would end the sampler (`HeapProfiler.disable` does both).
      guard inSeries || series != nil || sampling == nil else {
        throw SessionFailure(.busy, "a sampling window is open; a snapshot would end it")
      }
      return CDPSnapshot(id: id, inSeries: inSeries, limits: options.limits)
    case .endSeries:
      return CDPSeriesEnd(isAskedFor: true)
    case .detach:
      preconditionFailure("the engine detaches by itself")
    }
  }

  var nextDuty: (at: Duration, operation: any SessionOperation<CDPDialect>)? {
    // Clearing ids would end the sampler too: it waits for the window's end.
    guard sampling == nil else { return nil }
    if let series { return (series.endsAt, CDPSeriesEnd(isAskedFor: false)) }
    // A snapshot that was cut short has left its ids.
    return holdsIDs ? (.zero, CDPSeriesEnd(isAskedFor: false)) : nil
  }

  func received(
    _ event: IncomingMessage,
    at now: Moment
  ) -> [SessionStep<CDPCommand>] {
    []
  }

  func announcesExit(_ message: IncomingMessage) -> Bool {
    switch message.method {
    case "NodeRuntime.waitingForDisconnect", "Runtime.executionContextDestroyed": true
    case nil: message.failure?.message.hasPrefix("Cannot find context") ?? false
    default: false
    }
  }

  /// A name for the next epoch of object ids.
  mutating func newEpoch() -> String {
    epochCount += 1
    return String(options.nonce, radix: 16) + "-" + String(epochCount)
  }

  /// The activity since the reading before, and this reading becomes the one before.
  mutating func reading(_ answer: CDPUsage) -> UsageReading {
    defer {
      counters = answer.counters
      forcedCollections = 0
    }
    guard let now = answer.counters, let before = counters else {
      return UsageReading(usage: answer.usage, collections: [])
    }
    let activity = now.activity(since: before, forced: forcedCollections, at: answer.usage.time)
    return UsageReading(usage: answer.usage, collections: activity)
  }
}
