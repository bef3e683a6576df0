internal import HeapModel
internal import JSONStream

/// Takes a heap snapshot.
///
/// Order: usage, and the number of objects where counting is cheap, for the deadline; the console
/// is cleared; the question whether ids still hold; the snapshot, one reply of any length; the
/// question again; and outside a series the heap domain off and on, which frees what the snapshot
/// left: until then every allocation costs two to five times as much in Bun. Beside another client
/// that waits until he has left, since his ids would go too, and the console is his.
///
/// Bun's snapshots do not tell what is in a Map or a Set. So between the snapshot and the question it
/// is asked to show the largest of them, one after the other; every other client would hear the answers,
/// so it is done when there is none.
///
/// Only Bun counts objects, and only there is the console ours to clear. A worker of WebKit tells no
/// usage either: then patience is that for the largest heap.
struct JSCSnapshot: SessionOperation {
  typealias Dialect = JSCDialect

  private enum State {
    case readingUsage
    case countingObjects
    case capturing
    case previewing
    case asking
    case clearing
  }

  /// Counting stops the program: 50 ns an object, of which this many are bearable.
  private static let countableObjects: UInt64 = 1_000_000
  private static let bytesPerObject: UInt64 = 45
  /// Where nothing is known.
  private static let unknownObjects: UInt64 = 2_000_000
  /// How long previews may be asked for; at 7.5 million objects one takes 5 ms.
  private static let previewTime = Duration.milliseconds(500)

  let id: SessionRequest.ID
  let inSeries: Bool
  let limits: SessionLimits
  private var state = State.readingUsage
  private var usage: HeapUsage?
  private var startedAt = Duration.zero
  private var pause: UInt64 = 0
  private var byteCount: UInt64 = 0
  private var identifiers = JSCIdentifierRange()
  private var finder = JSCCollectionFinder()
  private var previews: [CollectionPreview] = []
  /// Whose previews are still to be asked for, the largest last, and until when.
  private var unseen: [UInt64] = []
  private var previewsEnd = Duration.zero
  private var wantsPreviews = false
  private(set) var silenceEnds: Duration?
  private var patience = Duration.zero

  init(id: SessionRequest.ID, inSeries: Bool, limits: SessionLimits) {
    self.id = id
    self.inSeries = inSeries
    self.limits = limits
  }

  var wantsSnapshotText: Bool {
    if case .capturing = state { true } else { false }
  }

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps {
    if inSeries, dialect.series == nil {
      dialect.series = JSCSeries(endsAt: now.elapsed + limits.seriesLength)
    }
    guard dialect.host != .worker else {
      return capture(&dialect, objects: Self.unknownObjects, at: now)
    }
    return dialect.askForUsage()
  }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch state {
    case .readingUsage:
      silenceEnds = dialect.silenceEnds(after: command, at: now)
      guard let usage = try dialect.usage(reply, to: command, at: now) else { return [] }
      self.usage = usage
      let objects = usage.used / Self.bytesPerObject
      guard dialect.host == .bun, objects <= Self.countableObjects else {
        return capture(&dialect, objects: objects, at: now)
      }
      state = .countingObjects
      return [.call(.evaluate(.objectCount))]
    case .countingObjects:
      let counted = try Evaluation.json(reply).int.flatMap { UInt64(exactly: $0) }
      return capture(&dialect, objects: counted ?? Self.countableObjects, at: now)
    case .capturing:
      return try receivedWhileCapturing(reply, to: command, &dialect, at: now)
    case .previewing:
      guard case .preview(let object) = command else { return [] }
      if case .result(let payload) = reply,
        let preview = JSCCollectionPreview.read(payload, of: object, classes: finder.classes)
      {
        previews.append(preview)
      }
      return nextPreview(dialect, at: now)
    case .asking:
      return receivedAnswer(reply, &dialect)
    case .clearing:
      guard command == .enableHeap else { return [] }
      dialect.takeHeap()
      return [.report(.snapshotEnded(id, report(dialect))), .finish]
    }
  }

  mutating func receivedText(_ text: [UInt8], at now: Moment) -> Steps {
    byteCount += UInt64(text.count)
    silenceEnds = now.elapsed + patience
    if inSeries { identifiers.consume(text) }
    if wantsPreviews { finder.consume(text) }
    return [.report(.snapshotBytes(id, text))]
  }

  mutating func receivedStrangersText() -> Steps {
    guard case .capturing = state else { return [] }
    let message = "another client of the inspector took a snapshot at the same time"
    return [.fail(SessionFailure(.interrupted, message))]
  }

  private mutating func capture(
    _ dialect: inout JSCDialect,
    objects: UInt64,
    at now: Moment
  ) -> Steps {
    state = .capturing
    startedAt = now.elapsed
    wantsPreviews = dialect.host == .bun
    // 20 µs an object, of which a real snapshot takes 4 to 5, beside what any program may be busy.
    patience = limits.snapshotSilence + .microseconds(20) * Int(clamping: min(objects, 1 << 32))
    silenceEnds = now.elapsed + patience
    dialect.activity.expectForced()
    let clearing: Steps = dialect.clearsConsole ? [.call(.clearConsole)] : []
    return clearing + [.call(.enableHeap), .call(.snapshot)]
  }

  private mutating func receivedWhileCapturing(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch command {
    case .enableHeap:
      let steps = dialect.receivedHeapEnabled(reply)
      dialect.holdsIDs = true
      return steps
    case .snapshot:
      if case .failure(let failure) = reply {
        throw SessionFailure(.noAnswer, "the snapshot was refused: \(failure.message)")
      }
      guard byteCount > 0 else {
        throw SessionFailure(.noAnswer, "the target answered without a snapshot")
      }
      pause = (now.elapsed - startedAt).nanoseconds
      silenceEnds = nil
      unseen = finder.owners.reversed()
      previewsEnd = now.elapsed + Self.previewTime
      return nextPreview(dialect, at: now)
    default:
      return []
    }
  }

  /// Asks for the next preview; where there is none, or no time for it, whether ids still hold.
  private mutating func nextPreview(_ dialect: JSCDialect, at now: Moment) -> Steps {
    guard dialect.hasCompany == false, now.elapsed < previewsEnd, let object = unseen.popLast()
    else {
      state = .asking
      return [.call(.enableHeap)]
    }
    state = .previewing
    return [.call(.preview(object: object))]
  }

  private mutating func receivedAnswer(_ reply: Reply, _ dialect: inout JSCDialect) -> Steps {
    if inSeries, var series = dialect.series {
      series.received(identifiers) { dialect.newEpoch() }
      dialect.series = series
    }
    // What was shown may have been of other objects, whose ids are the same.
    if case .result = reply { previews = [] }
    let report = report(dialect)
    // A reset meanwhile spoils the next comparison, not this snapshot.
    let steps = dialect.receivedHeapEnabled(reply)
    guard dialect.series == nil, dialect.isOurs, dialect.holdsIDs, !dialect.hasCompany else {
      return steps + [.report(.snapshotEnded(id, report)), .finish]
    }
    state = .clearing
    dialect.receivedHeapDisabled()
    return steps + [.call(.disableHeap), .call(.enableHeap)]
  }

  private func report(_ dialect: JSCDialect) -> SnapshotReport {
    SnapshotReport(
      byteCount: byteCount,
      identity: IdentityEpoch(
        isolate: dialect.heap?.channel.session ?? "",
        epoch: inSeries ? dialect.series?.epoch ?? "" : "",
        anchors: []
      ),
      pauseNanoseconds: pause,
      usageBefore: usage ?? HeapUsage(time: 0, used: 0, total: 0),
      collections: previews
    )
  }
}
