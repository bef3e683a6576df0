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
  /// As the inspector introduced it; nil for the one that was connected to.
  private(set) var heap: HeapIntroduction?
  let flavor: CDPFlavor
  private(set) var capabilities: Capabilities
  private(set) var isolate = ""
  private var isolateKnownAt = Duration.zero
  /// When something last came through the inspector.
  private var heardAt = Duration.zero
  /// Of the program itself, where we are told of contexts; others come and go.
  private var mainContext: Int64?
  /// As far as the program has told it.
  private(set) var engine: CDPEngineVersion?
  /// The counters of the reading before.
  var counters: CDPCollectionCounters?
  /// Major collections that we asked for since then.
  var forcedCollections: UInt64 = 0
  var sampling: Sampling?
  /// The recording of allocations that is under way, and when it ends if nobody ends it.
  var timeline: CDPTimeline?
  var series: CDPSeries?
  /// The trace that this session, a browser's, takes for its pages.
  var trace: CDPTrace?
  /// The part of a trace in which this heap's collections are to be told.
  var window: CDPTraceWindow?
  /// The engine holds an id for every object, which slows the program.
  var holdsIDs = false
  /// Somebody else is connected: what the program printed and the ids of its objects, which all
  /// sessions share, are left alone until we are by ourselves again.
  private(set) var hasCompany = false
  private(set) var epochCount: UInt64 = 0

  init(_ runtime: RuntimeKind, options: SessionOptions, heap: HeapIntroduction?) {
    self.options = options
    self.heap = heap
    flavor = CDPFlavor(runtime, heap)
    capabilities = flavor.capabilities
  }

  var description: SessionDescription {
    SessionDescription(
      name: heap?.name ?? "",
      title: heap?.title ?? "",
      capabilities: capabilities,
      isolate: isolate,
      detail: flavor.absence ?? ""
    )
  }

  mutating func retitle(_ title: String) { heap?.title = title }

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
    if flavor.takesTraces, request == .openCollectionWindow { return CDPTraceStart(id: id) }
    if flavor.takesTraces, request == .closeCollectionWindow { return CDPTraceEnd() }
    guard flavor.absence == nil else {
      throw SessionFailure(.unsupported, "it has no heap of its own")
    }
    switch request {
    case .usage:
      return CDPUsageReading(id: id)
    case .collectGarbage:
      guard sampling == nil || flavor.collection.contains(.stopSampling) == false else {
        throw SessionFailure(.busy, "a sampling window is open; a collection would end it")
      }
      return CDPCollection(id: id)
    case .startSampling(let intervalBytes):
      guard sampling == nil else {
        throw SessionFailure(.busy, "a sampling window is open already")
      }
      try requireNoTimeline()
      return CDPSamplingStart(id: id, intervalBytes: max(intervalBytes, 1 << 10))
    case .stopSampling:
      guard let sampling else { throw SessionFailure(.unsupported, "no sampling window is open") }
      return CDPSamplingStop(id: id, window: sampling)
    case .startTimeline(let recording):
      try requireTimeline()
      return CDPTimelineStart(id: id, recording: recording)
    case .stopTimeline:
      guard timeline != nil else {
        throw SessionFailure(.interrupted, "the recording was ended before its time")
      }
      return CDPSnapshot(id: id, source: .timeline, limits: options.limits)
    case .openCollectionWindow where flavor.isTraced:
      return CDPTraceWindowStart(id: id)
    case .openCollectionWindow, .closeCollectionWindow:
      throw SessionFailure(.unsupported, "there is no trace in which its collections are told")
    case .census:
      throw SessionFailure(.unsupported, "V8 counts no classes without a snapshot")
    case .snapshot(let inSeries):
      try requireNoTimeline()
      // Clearing ids afterwards would end the sampler (`HeapProfiler.disable` does both).
      guard inSeries || series != nil || sampling == nil else {
        throw SessionFailure(.busy, "a sampling window is open; a snapshot would end it")
      }
      let keepsIDs = inSeries && capabilities.contains(.comparisonByID)
      return CDPSnapshot(id: id, source: .heap(inSeries: keepsIDs), limits: options.limits)
    case .endSeries:
      return CDPSeriesEnd(isAskedFor: true)
    case .detach:
      preconditionFailure("the engine detaches by itself")
    }
  }

  var nextDuty: (at: Duration, operation: any SessionOperation<CDPDialect>)? {
    if let trace { return (trace.endsAt, CDPTraceEnd()) }
    // Clearing ids would end the sampler too: it waits for the window's end.
    guard sampling == nil else { return nil }
    if let timeline { return (timeline.endsAt, CDPSeriesEnd(isAskedFor: false)) }
    if let series { return (series.endsAt, CDPSeriesEnd(isAskedFor: false)) }
    // A snapshot that was cut short, or that was taken beside somebody else, has left its ids.
    if holdsIDs, hasCompany == false { return (.zero, CDPSeriesEnd(isAskedFor: false)) }
    // Nobody reads a browser, which may hang before it has a page.
    if flavor.absence != nil { return (heardAt + .seconds(10), CDPBrowserCheck()) }
    // Nobody reads a page that shares another's heap, and one day it may go elsewhere.
    guard flavor.changesIsolate, heap != nil else { return nil }
    return (isolateKnownAt + .seconds(30), CDPIsolateCheck())
  }

  mutating func heard(at now: Moment) {
    heardAt = now.elapsed
  }

  mutating func received(
    _ event: IncomingMessage,
    at now: Moment
  ) -> [SessionStep<CDPCommand>] {
    switch event.method {
    case "Tracing.dataCollected", "Tracing.tracingComplete":
      trace?.received(event)
      return []
    case "Runtime.executionContextCreated":
      let context = event.payload["context"]
      if context?["auxData"]?["isDefault"]?.bool == true { mainContext = context?["id"]?.int }
      return []
    case "Runtime.executionContextsCleared" where flavor.changesIsolate:
      // `wrangler dev` has loaded changed code: calls in flight are never answered.
      guard isolate.isEmpty == false else { return [.attachAnew] }
      let reloaded = SessionFailure(.interrupted, "the program was loaded anew")
      return forgetIsolate(at: now) + [.fail(reloaded)] + flavor.remarks.map { .tell($0) }
    default:
      return []
    }
  }

  mutating func noticed(company: Bool) {
    hasCompany = company
  }

  var tidiesWithReadings: Bool { flavor.tidying.isEmpty == false }

  /// Asks how much memory is used: of V8 itself while allocations are recorded, since what is
  /// evaluated would be recorded too, and could take longer than it may.
  var usage: CDPCommand { timeline == nil ? flavor.usage : .getHeapUsage }

  /// What is said for a reading; the reply to the last is the reading.
  var usageQuestion: [SessionStep<CDPCommand>] {
    let isolate: [SessionStep<CDPCommand>] = flavor.changesIsolate ? [.call(.getIsolateID)] : []
    return (hasCompany ? [] : flavor.tidying.map { .tell($0) }) + isolate + [.call(usage)]
  }

  func announcesExit(_ message: IncomingMessage) -> Bool {
    guard flavor.exitEvents.isEmpty == false else { return false }
    guard let method = message.method else {
      return message.failure?.message.hasPrefix("Cannot find context") ?? false
    }
    let context = message.payload["executionContextId"]?.int
    let isOther = mainContext != nil && context != nil && context != mainContext
    return flavor.exitEvents.contains(method) && isOther == false
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

  /// A program that turns out not to tell of its collections is no longer said to; nor of its spaces.
  mutating func noteCounting(in answer: CDPUsage) -> [SessionStep<CDPCommand>] {
    guard answer.counters == nil, timeline == nil, capabilities.contains(.collectionEvents)
    else { return [] }
    capabilities.subtract([.collectionEvents, .collectionWindow])
    var detail = "this version tells nothing of its collections"
    if answer.usage.spaces.isEmpty, capabilities.contains(.heapSpaces) {
      capabilities.remove(.heapSpaces)
      detail += " and spaces"
    }
    return [.report(.capabilitiesChanged(capabilities, detail: detail))]
  }

  /// Takes note of what a reading tells beside usage.
  mutating func learn(_ answer: CDPUsage) {
    engine = answer.engine ?? engine
  }

  /// Takes note of which isolate this is now; what we had in another one is gone with it.
  mutating func learnedIsolate(_ reply: Reply, at now: Moment) -> [SessionStep<CDPCommand>] {
    isolateKnownAt = now.elapsed
    guard case .result(let result) = reply, let answer = result["id"]?.string else { return [] }
    let steps = isolate.isEmpty || isolate == answer ? [] : forgetIsolate(at: now)
    isolate = answer
    window?.answered(at: now.wall)
    return steps
  }

  mutating func sent(_ command: CDPCommand, id: Int64) {
    if command == .getIsolateID { window?.asked(id) }
  }

  private mutating func forgetIsolate(at now: Moment) -> [SessionStep<CDPCommand>] {
    defer {
      series = nil
      timeline = nil
      window = nil
      holdsIDs = false
      counters = nil
      // The browser goes on sampling in the new isolate, from nothing.
      sampling = flavor.outlivesSession ? nil : sampling
      sampling?.startedAt = now.wall
    }
    // The browser goes on recording in the new isolate.
    let stop: [SessionStep<CDPCommand>] = timeline == nil ? [] : [.tell(.disableHeapProfiler)]
    return series == nil && timeline == nil ? [] : stop + [.report(.seriesEnded)]
  }
}
