internal import HeapModel
internal import JSONStream

/// A trace of a browser, as far as it has come.
///
/// Chromium delivers it after its end, in messages of 64 KB: of each event we keep a few numbers, or
/// nothing.
struct CDPTrace: Sendable {
  /// Two windows, of which the second began when the first was about to end, and some air.
  private static let longest = Duration.seconds(130)

  /// When it ends by itself.
  let endsAt: Duration
  private(set) var collected = CollectionTrace()
  private(set) var isComplete = false

  init(at now: Moment) {
    endsAt = now.elapsed + Self.longest
  }

  mutating func received(_ event: IncomingMessage) {
    if event.isTooLarge { collected.isIncomplete = true }
    guard event.method == "Tracing.dataCollected" else {
      if event.payload["dataLossOccurred"]?.bool == true { collected.isIncomplete = true }
      isComplete = true
      return
    }
    for event in event.payload["value"]?.array ?? [] { collected.append(event) }
  }
}

extension CollectionTrace {
  /// Where a command of a session is carried out: the thread of its isolate.
  private static let dispatch = "DevToolsSession::DispatchProtocolCommandImpl"

  fileprivate mutating func append(_ event: JSONValue) {
    guard event["ph"]?.string == "X", let name = event["name"]?.string,
      let processID = event["pid"]?.int, let threadID = event["tid"]?.int,
      let start = event["ts"]?.int, start >= 0
    else { return }
    let thread = Thread(processID: processID, threadID: threadID)
    switch name {
    case "MinorGC": append(event, .minor, thread, start)
    case "MajorGC": append(event, .major, thread, start)
    case Self.dispatch:
      guard let call = event["args"]?["call_id"]?.int else { return }
      append(Mark(thread: thread, time: start), of: call)
    default: break
    }
  }

  private mutating func append(
    _ event: JSONValue,
    _ kind: CollectionActivity.Kind,
    _ thread: Thread,
    _ start: Int64
  ) {
    let used = event["args"]
    append(
      Collection(
        thread: thread,
        kind: kind,
        start: start,
        microseconds: event["dur"]?.int.flatMap { UInt64(exactly: $0) } ?? 0,
        usedBefore: used?["usedHeapSizeBefore"]?.int.flatMap { UInt64(exactly: $0) },
        usedAfter: used?["usedHeapSizeAfter"]?.int.flatMap { UInt64(exactly: $0) }
      )
    )
  }
}

/// The part of a trace in which one heap's collections are to be told.
///
/// It goes from one question that the heap answered to another. Both stand in the trace, with the
/// thread that answered, which tells whose collections are whose, and with the trace's time, which we
/// know by our own clock.
struct CDPTraceWindow: Sendable {
  private struct Answer: Sendable {
    var call: Int64
    var time: UnixNanoseconds
  }

  private var asked: Int64?
  private var first: Answer?
  private var last: Answer?
  /// Major collections that we asked for meanwhile.
  var forcedCollections = 0

  mutating func asked(_ call: Int64) {
    asked = call
  }

  mutating func answered(at time: UnixNanoseconds) {
    guard let call = asked else { return }
    asked = nil
    last = Answer(call: call, time: time)
    if first == nil { first = last }
  }

  /// - Throws: where the trace does not tell, or the heap went to another thread.
  func collections(in trace: CollectionTrace) throws(SessionFailure) -> [CollectionActivity] {
    guard trace.isIncomplete == false else {
      throw SessionFailure(.interrupted, "the browser lost a part of the trace; ask for less time")
    }
    guard let first, let last, let from = trace.marks[first.call],
      let until = trace.marks[last.call]
    else {
      throw SessionFailure(.noAnswer, "the trace does not tell which collections are of this heap")
    }
    guard from.thread == until.thread, from.time <= until.time else {
      throw SessionFailure(.interrupted, "the page went to another process meanwhile")
    }
    var forced = forcedCollections
    return trace.collections.lazy
      .filter { $0.thread == from.thread && (from.time...until.time).contains($0.start) }
      .sorted { $0.start < $1.start }
      .map { collection in
        let isForced = collection.kind == .major && forced > 0
        if isForced { forced -= 1 }
        // The first answer came just after it was given: that is how far the two clocks are apart.
        let since = UInt64(collection.start - from.time).multipliedReportingOverflow(by: 1_000)
        let pause = collection.microseconds.multipliedReportingOverflow(by: 1_000)
        let nanoseconds = pause.overflow ? UInt64.max : pause.partialValue
        return CollectionActivity(
          kind: collection.kind,
          time: first.time &+ since.partialValue,
          count: 1,
          pauseNanoseconds: nanoseconds,
          longestPauseNanoseconds: nanoseconds,
          usedBefore: collection.usedBefore,
          usedAfter: collection.usedAfter,
          forcedCount: isForced ? 1 : 0
        )
      }
  }
}
