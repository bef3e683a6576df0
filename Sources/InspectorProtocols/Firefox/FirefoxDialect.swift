internal import HeapModel
internal import JSONStream

/// What is known of one page of Firefox, or of its parent process, from one request to the next.
///
/// Object ids in its snapshots are addresses, which the collector changes: there is no comparison by
/// id, and nothing is held between the snapshots of a series.
struct FirefoxDialect: InspectorDialect {
  typealias Command = RDPCommand

  /// Firefox has no streamed text in its JSON: snapshots come beside it.
  static let places = MessageReader.Places(
    snapshotText: MessageReader.TextPlace(container: "", key: "", method: nil)
  )

  static let interruption = SessionFailure(.interrupted, "the page was left or loaded anew")

  let options: SessionOptions
  /// Empty for the parent process.
  let name: String
  var title: String
  var version = ""
  /// Nil while a page is being loaded.
  var target: FirefoxTarget? {
    didSet {
      guard target != oldValue else { return }
      isAttached = false
      window?.isLost = true
      if let target { processID = target.processID }
    }
  }
  /// Where the page was seen last.
  private(set) var processID: Int32 = 0
  /// Whether the target's memory actor was attached, without which it does next to nothing.
  var isAttached = false
  /// The actor that transfers files, and the console of the parent process, which removes them.
  var files = ""
  var console = ""
  /// A file of ours that Firefox still has.
  var leftover: RDPCommand.SnapshotName?
  var activity = FirefoxActivity()
  /// The window of allocation sampling that is open.
  var window: FirefoxWindow?
  /// The calls that went out and were not fetched yet: replies carry no number.
  private var sent: [SentCall] = []

  struct SentCall: Hashable, Sendable {
    var actor: String
    var id: Int64
  }

  init(options: SessionOptions, name: String = "", title: String = "") {
    self.options = options
    self.name = name
    self.title = title
  }

  /// What stops the parent process stops all of Firefox.
  var capabilities: Capabilities {
    let all: Capabilities = [
      .snapshot, .sampling, .forcedCollection, .collectionEvents, .collectionWindow, .liveUsage,
      .heapSpaces, .collectionContents, .census,
    ]
    return name.isEmpty ? all.union(.onlyByID) : all
  }

  var description: SessionDescription {
    SessionDescription(
      name: name,
      title: title,
      capabilities: capabilities,
      isolate: "",
      version: version,
      processID: name.isEmpty ? 0 : processID,
      detail: name.isEmpty
        ? "a snapshot of the parent process stops all of Firefox, so it is taken by its id alone"
        : "Firefox lets nobody look into the heaps of a page's workers"
    )
  }

  func attachment() -> any SessionOperation<FirefoxDialect> {
    FirefoxAttachment(isFirst: true)
  }

  func detachment() -> any SessionOperation<FirefoxDialect> {
    FirefoxDetachment()
  }

  func operation(
    for request: SessionRequest,
    id: SessionRequest.ID
  ) throws(SessionFailure) -> any SessionOperation<FirefoxDialect> {
    switch request {
    case .usage:
      return FirefoxUsageReading(id: id, memory: try memory)
    case .collectGarbage:
      return FirefoxCollection(id: id, memory: try memory)
    case .startSampling(let intervalBytes):
      guard window == nil else {
        throw SessionFailure(.busy, "a sampling window is open already")
      }
      let rate = FirefoxWindow.Rate(intervalBytes: intervalBytes)
      return FirefoxSamplingStart(id: id, memory: try memory, rate: rate)
    case .stopSampling:
      guard window != nil else { throw SessionFailure(.unsupported, "no sampling window is open") }
      return FirefoxSamplingStop(id: id, memory: target?.memory ?? "")
    case .startTimeline, .stopTimeline:
      throw SessionFailure(.unsupported, "Retinue records no allocation timeline of Firefox")
    case .openCollectionWindow, .closeCollectionWindow:
      throw SessionFailure(.unsupported, "it tells its collections by itself")
    case .census:
      return FirefoxCensus(id: id, memory: try memory)
    case .snapshot:
      return FirefoxSnapshot(id: id, memory: try memory, limits: options.limits)
    case .endSeries:
      return FirefoxSeriesEnd()
    case .detach:
      preconditionFailure("the engine detaches by itself")
    }
  }

  private var memory: String {
    get throws(SessionFailure) {
      guard let target else { throw Self.interruption }
      return target.memory
    }
  }

  var nextDuty: (at: Duration, operation: any SessionOperation<FirefoxDialect>)? {
    if target != nil, isAttached == false { return (.zero, FirefoxAttachment(isFirst: false)) }
    if leftover != nil, console.isEmpty == false { return (.zero, FirefoxRemoval()) }
    return nil
  }

  mutating func received(_ event: IncomingMessage, at now: Moment) -> [SessionStep<RDPCommand>] {
    if event.method == "garbage-collection" { activity.record(event.payload["data"] ?? .null) }
    return []
  }

  /// Firefox ends without waiting for us.
  func announcesExit(_ message: IncomingMessage) -> Bool { false }

  mutating func sent(_ command: RDPCommand, id: Int64) {
    sent.append(SentCall(actor: command.actor, id: id))
  }

  /// The calls that went out since the last question.
  mutating func takeSent() -> [SentCall] {
    defer { sent = [] }
    return sent
  }
}
