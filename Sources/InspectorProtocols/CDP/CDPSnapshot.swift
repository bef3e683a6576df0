internal import HeapModel
internal import JSONStream

/// Takes a heap snapshot, and in a series makes sure whose ids it has.
///
/// Order: usage, so that we know how long silence is normal; in a series the canary is looked at; an
/// old V8 is made to find the ends of lines, which its debugger does when it is turned on; the
/// console's entries are discarded, since V8 keeps what the program printed (not beside a developer,
/// whose they are); the snapshot; in a series the ids of canary and anchors, otherwise the ids are
/// cleared at once.
struct CDPSnapshot: SessionOperation {
  typealias Dialect = CDPDialect

  private enum State {
    case readingUsage
    case fetchingAnchors
    case listingAnchors
    case checkingCanary
    case findingLineEnds
    case capturing
    case readingIDs(answers: [UInt64])
    case clearing
  }

  /// What the snapshot is of.
  enum Source: Hashable {
    case heap(inSeries: Bool)
    /// The recording that is under way, which ends with it.
    case timeline
  }

  let id: SessionRequest.ID
  private let source: Source
  let limits: SessionLimits
  private var state = State.readingUsage
  private var usage: HeapUsage?
  private var startedAt = Duration.zero
  private var pause: UInt64 = 0
  private var byteCount: UInt64 = 0
  /// When the last sign of life came, and how long we wait for the next.
  private var lastSign: Duration?
  private var patience = Duration.zero

  init(id: SessionRequest.ID, source: Source, limits: SessionLimits) {
    self.id = id
    self.source = source
    self.limits = limits
  }

  private var inSeries: Bool { source == .heap(inSeries: true) }

  private var command: CDPCommand {
    source == .timeline ? .stopTrackingHeapObjects : .takeHeapSnapshot
  }

  var wantsSnapshotText: Bool {
    if case .capturing = state { true } else { false }
  }

  var silenceEnds: Duration? { lastSign.map { $0 + patience } }

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    if inSeries, dialect.series == nil { beginSeries(&dialect, at: now) }
    return dialect.usageQuestion
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch state {
    case .readingUsage where command == .getIsolateID:
      let steps = dialect.learnedIsolate(reply, at: now)
      if inSeries, dialect.series == nil { beginSeries(&dialect, at: now) }
      return steps
    case .readingUsage:
      return try receivedUsage(reply, to: command, &dialect, at: now)
    case .fetchingAnchors:
      return try receivedArray(reply)
    case .listingAnchors:
      try receivedAnchors(reply, &dialect)
      return prepare(&dialect, at: now)
    case .checkingCanary:
      return checkCanary(reply, &dialect, at: now)
    case .findingLineEnds:
      // Whatever came of it, the snapshot can be taken.
      return command == .disableDebugger ? capture(&dialect, at: now) : []
    case .capturing:
      return try receivedEnd(reply, to: command, &dialect, at: now)
    case .readingIDs(let answers):
      return receivedID(reply, after: answers, &dialect)
    case .clearing:
      dialect.holdsIDs = false
      return over(&dialect)
    }
  }

  mutating func received(_ event: IncomingMessage, at now: Moment) -> Steps {
    guard case .capturing = state else { return [] }
    lastSign = now.elapsed
    guard event.method == "HeapProfiler.reportHeapSnapshotProgress",
      let done = event.payload.count("done"), let total = event.payload.count("total")
    else { return [] }
    return [.report(.snapshotProgress(id, done: done, total: total))]
  }

  mutating func receivedText(_ text: [UInt8], at now: Moment) -> Steps {
    guard case .capturing = state else { return [] }
    lastSign = now.elapsed
    byteCount += UInt64(text.count)
    return [.report(.snapshotBytes(id, text))]
  }
}

/// Before the snapshot.
extension CDPSnapshot {
  private func beginSeries(_ dialect: inout CDPDialect, at now: Moment) {
    dialect.series = CDPSeries(endsAt: now.elapsed + limits.seriesLength)
  }

  private mutating func receivedUsage(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    let answer = try CDPUsage(reply, to: command, at: now)
    dialect.learn(answer)
    let usage = answer.usage
    self.usage = usage
    let megabytes = Int(clamping: usage.used >> 20)
    patience = limits.snapshotSilence + limits.snapshotSilencePerMegabyte * megabytes
    if source == .timeline, dialect.timeline == nil {
      throw SessionFailure(.interrupted, "the page went elsewhere while it was recorded")
    }
    guard let series = dialect.series, inSeries else { return prepare(&dialect, at: now) }
    guard let canary = series.handles.first else {
      state = .fetchingAnchors
      return [.call(.evaluate(.anchors))]
    }
    state = .checkingCanary
    return [.call(.getHeapObjectID(objectID: canary))]
  }

  private mutating func receivedArray(_ reply: Reply) throws(SessionFailure) -> Steps {
    guard case .result(let result) = reply,
      case .string(let handle)? = result["result"]?["objectId"]
    else { throw SessionFailure(.noAnswer, "the target gave no handle of its builtins") }
    state = .listingAnchors
    return [.call(.getProperties(objectID: handle))]
  }

  private func receivedAnchors(
    _ reply: Reply,
    _ dialect: inout CDPDialect
  ) throws(SessionFailure) {
    var handles: [Int: JSONString] = [:]
    if case .result(let result) = reply {
      for property in result["result"]?.array ?? [] {
        guard let name = property["name"]?.string, let index = Int(name),
          case .string(let handle)? = property["value"]?["objectId"]
        else { continue }
        handles[index] = handle
      }
    }
    let count = CDPExpression.anchorCount
    let ordered = (0..<count).compactMap { handles[$0] }
    guard ordered.count == count else {
      throw SessionFailure(.noAnswer, "the target told \(ordered.count) of \(count) builtins")
    }
    dialect.series?.handles = ordered
  }

  /// The id that the canary had after the last snapshot must still be its id.
  ///
  /// If it is not even there any more, its page was loaded anew, and all handles are of no use.
  private mutating func checkCanary(
    _ reply: Reply,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    if Self.objectID(reply) != dialect.series?.ids.first {
      dialect.series?.ids = []
      dialect.series?.epoch = ""
    }
    guard case .failure = reply else { return prepare(&dialect, at: now) }
    dialect.series?.handles = []
    state = .fetchingAnchors
    return [.call(.evaluate(.anchors))]
  }

  private mutating func prepare(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    startedAt = now.elapsed
    lastSign = now.elapsed
    guard dialect.engine?.readsScriptsForEachFunction == true else {
      return capture(&dialect, at: now)
    }
    state = .findingLineEnds
    return [.call(.enableDebugger), .call(.disableDebugger)]
  }

  private mutating func capture(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    state = .capturing
    lastSign = now.elapsed
    // As many full collections as V8 makes for it.
    dialect.forcedCollections += 2
    dialect.holdsIDs = true
    dialect.timeline = nil
    let discarding: Steps = dialect.hasCompany ? [] : [.call(.discardConsoleEntries)]
    return discarding + [.call(command)]
  }

  static func objectID(_ reply: Reply) -> UInt64 {
    guard case .result(let result) = reply,
      let text = result["heapSnapshotObjectId"]?.string
    else { return 0 }
    return UInt64(text) ?? 0
  }
}

/// Behind the snapshot.
extension CDPSnapshot {
  private mutating func receivedEnd(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    lastSign = now.elapsed
    guard command == self.command else { return [] }
    if case .failure(let failure) = reply {
      throw SessionFailure(.noAnswer, "the snapshot was refused: \(failure.message)")
    }
    lastSign = nil
    pause = (now.elapsed - startedAt).nanoseconds
    guard byteCount > 0 else {
      throw SessionFailure(.noAnswer, "the target answered without a snapshot")
    }
    if let series = dialect.series, inSeries {
      state = .readingIDs(answers: [])
      return series.handles.map { .call(.getHeapObjectID(objectID: $0)) }
    }
    guard dialect.series == nil else {
      // The series goes on, and clearing would end it; this one just has no part in it.
      return over(&dialect)
    }
    guard dialect.hasCompany == false else {
      // The ids are everybody's, and somebody else may hold some: cleared when we are alone.
      return over(&dialect)
    }
    state = .clearing
    return [.call(.disableHeapProfiler)]
  }

  private mutating func receivedID(
    _ reply: Reply,
    after answers: [UInt64],
    _ dialect: inout CDPDialect
  ) -> Steps {
    let answers = answers + [Self.objectID(reply)]
    state = .readingIDs(answers: answers)
    guard var series = dialect.series, answers.count == series.handles.count else { return [] }
    if series.epoch.isEmpty || series.ids != answers {
      series.epoch = dialect.newEpoch()
    }
    series.ids = answers
    dialect.series = series
    return over(&dialect)
  }

  private func over(_ dialect: inout CDPDialect) -> Steps {
    let end: Steps = source == .timeline ? [.report(.seriesEnded)] : []
    return [.report(.snapshotEnded(id, report(&dialect)))] + end + [.finish]
  }

  private func report(_ dialect: inout CDPDialect) -> SnapshotReport {
    var identity = IdentityEpoch(isolate: dialect.isolate, epoch: "", anchors: [])
    if let series = dialect.series, inSeries, series.ids.contains(0) == false {
      identity.epoch = series.epoch
      identity.anchors = series.ids
    }
    return SnapshotReport(
      byteCount: byteCount,
      identity: identity,
      pauseNanoseconds: pause,
      usageBefore: usage ?? HeapUsage(time: 0, used: 0, total: 0)
    )
  }
}
