internal import HeapModel
internal import JSONStream

/// What is known of one JavaScriptCore heap from one request to the next.
///
/// All clients of a Bun share one backend, and there is no event when another comes or goes. So
/// `Heap.enable` is used as a question: "already enabled" means that nothing has changed since we
/// last asked; a plain yes means that the domain was off, and is now ours.
struct JSCDialect: InspectorDialect {
  typealias Command = JSCCommand

  static let places = MessageReader.Places(
    snapshotText: MessageReader.TextPlace(container: "result", key: "snapshotData", method: nil),
    enclosures: webKitEnclosures
  )

  private static let inUseDetail =
    "another client of Bun's inspector uses the heap domain; usage only until it leaves"

  let host: JSCHost
  let heap: HeapIntroduction?
  let options: SessionOptions
  /// A page's address.
  var title = ""
  /// What a page told last of its memory, and whether it is being asked.
  var memory: HeapUsage?
  var isTrackingMemory = false
  /// The heap domain was switched on by us, and we may switch it off.
  private(set) var isOurs = false
  var activity = JSCActivity()
  var series: JSCSeries?
  /// The engine holds what a snapshot left, which makes every allocation dearer.
  var holdsIDs = false
  /// Somebody else is connected beside us: ids and console are his as well.
  private(set) var hasCompany = false
  private var epochCount: UInt64 = 0

  init(_ runtime: RuntimeKind, options: SessionOptions, heap: HeapIntroduction?) {
    host = JSCHost(runtime, heap)
    self.heap = heap
    self.options = options
  }

  var capabilities: Capabilities {
    isOurs || options.takesOverBusyTarget ? host.capabilities : []
  }

  var description: SessionDescription {
    SessionDescription(
      name: heap?.name ?? "",
      title: title.isEmpty ? heap?.title ?? "" : title,
      capabilities: capabilities,
      isolate: heap?.channel.session ?? "",
      isInUse: isOurs == false && host != .browser,
      detail: isOurs || host == .browser ? host.detail : Self.inUseDetail
    )
  }

  func attachment() -> any SessionOperation<JSCDialect> {
    switch host {
    case .bun: JSCAttachment()
    case .browser: WebKitConnectionAttachment()
    case .page, .worker: WebKitAttachment()
    }
  }

  func detachment() -> any SessionOperation<JSCDialect> {
    if host == .browser { return WebKitConnectionDetachment() }
    return JSCDetachment()
  }

  func operation(
    for request: SessionRequest,
    id: SessionRequest.ID
  ) throws(SessionFailure) -> any SessionOperation<JSCDialect> {
    guard host != .browser else {
      throw SessionFailure(.busy, "the page is moving to another process")
    }
    switch request {
    case .usage:
      try requireUsage()
      return JSCUsageReading(id: id)
    case .collectGarbage:
      try requireUsage()
      try requireHeap()
      return JSCCollection(id: id)
    case .startSampling, .stopSampling:
      throw SessionFailure(.unsupported, "JavaScriptCore has no sampling allocation profiler")
    case .startTimeline, .stopTimeline:
      throw SessionFailure(.unsupported, "JavaScriptCore records no allocation timeline")
    case .openCollectionWindow, .closeCollectionWindow:
      throw SessionFailure(.unsupported, "it tells its collections by itself")
    case .census:
      throw SessionFailure(.unsupported, "JavaScriptCore's inspector counts no classes by itself")
    case .snapshot(let inSeries):
      try requireHeap()
      return JSCSnapshot(id: id, inSeries: inSeries, limits: options.limits)
    case .endSeries:
      return JSCSeriesEnd(isAskedFor: true)
    case .detach:
      preconditionFailure("the engine detaches by itself")
    }
  }

  private func requireUsage() throws(SessionFailure) {
    guard host != .worker else {
      throw SessionFailure(.unsupported, "WebKit tells no heap size of a worker")
    }
  }

  private func requireHeap() throws(SessionFailure) {
    guard capabilities.contains(.snapshot) else { throw SessionFailure(.inUse, Self.inUseDetail) }
  }

  var nextDuty: (at: Duration, operation: any SessionOperation<JSCDialect>)? {
    if let series { return (series.endsAt, JSCSeriesEnd(isAskedFor: false)) }
    // A snapshot that was cut short, or that was taken beside somebody else, has left its ids.
    return holdsIDs && !hasCompany ? (.zero, JSCSeriesEnd(isAskedFor: false)) : nil
  }

  mutating func noticed(company: Bool) {
    hasCompany = company
  }

  /// Whether what Bun keeps of what the program printed is nobody's but ours to clear.
  ///
  /// WebKit keeps it for the developer who looks at it later, with or without us.
  var clearsConsole: Bool { host == .bun && !hasCompany }

  mutating func received(_ event: IncomingMessage, at now: Moment) -> [SessionStep<JSCCommand>] {
    switch event.method {
    case "Heap.garbageCollected":
      activity.record(event.payload["collection"] ?? .null)
      return []
    case "Memory.trackingUpdate":
      return receivedMemory(event.payload["event"]?["categories"] ?? .null, at: now)
    case "Page.frameNavigated":
      return receivedNavigation(event.payload["frame"] ?? .null)
    default:
      return []
    }
  }

  /// The page went elsewhere in the same process; frames within it have parents.
  private mutating func receivedNavigation(_ frame: JSONValue) -> [SessionStep<JSCCommand>] {
    guard frame["parentId"] == nil, let url = frame["url"]?.string, url != title else { return [] }
    title = url
    return [.report(.retitled(url))]
  }

  static var fallsSilentAsAWhole: Bool { true }

  /// Bun ends without waiting for us: there is nothing to announce.
  func announcesExit(_ message: IncomingMessage) -> Bool { false }

  /// What the answer to `Heap.enable` says about us and others.
  ///
  /// - Returns: what to report, if the target's capabilities changed by it
  mutating func receivedHeapEnabled(_ reply: Reply) -> [SessionStep<JSCCommand>] {
    guard case .result = reply else { return [] }  // "already enabled": as it was.
    // The domain was off: whoever switched it off has cleared the ids as well.
    holdsIDs = false
    series?.forgetIDs()
    guard isOurs == false else { return [] }
    isOurs = true
    return [.report(.capabilitiesChanged(capabilities, detail: host.detail))]
  }

  mutating func receivedHeapDisabled() {
    holdsIDs = false
    isOurs = false
  }

  mutating func takeHeap() {
    isOurs = true
  }

  /// A name for the next epoch of object ids.
  mutating func newEpoch() -> String {
    epochCount += 1
    return String(options.nonce, radix: 16) + "-" + String(epochCount)
  }
}
