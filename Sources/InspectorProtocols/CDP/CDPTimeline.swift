internal import HeapModel

/// A recording of allocations that is under way.
///
/// It is the session's: `HeapProfiler.disable` ends it without a snapshot, and so does the end of
/// the session, whoever causes it.
struct CDPTimeline: Sendable {
  /// How long after its time whoever asked for it may take to end it.
  private static let grace = Duration.seconds(5)

  /// When it ends by itself.
  let endsAt: Duration

  init(_ recording: AllocationRecording, at now: Moment) {
    endsAt = now.elapsed + recording.length + Self.grace
  }
}

/// Begins to record which objects are allocated when and, with stacks, by whom.
///
/// V8 then numbers every object and, many times a second, collects to see which are still there.
struct CDPTimelineStart: SessionOperation {
  typealias Dialect = CDPDialect

  let id: SessionRequest.ID
  let recording: AllocationRecording

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    dialect.timeline = CDPTimeline(recording, at: now)
    dialect.holdsIDs = true
    return [.call(.startTrackingHeapObjects(stacks: recording.hasStacks))]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    if case .failure(let failure) = reply {
      dialect.timeline = nil
      throw SessionFailure(.noAnswer, "recording was refused: \(failure.message)")
    }
    dialect.timeline = CDPTimeline(recording, at: now)
    return [.report(.timelineStarted(id)), .finish]
  }
}

extension CDPDialect {
  /// Nothing that ends with the ids, or is ended by a recording's end, may be under way.
  func requireTimeline() throws(SessionFailure) {
    guard capabilities.contains(.allocationTimeline) else {
      throw SessionFailure(.unsupported, "Retinue records no allocation timeline of this runtime")
    }
    try requireNoTimeline()
    guard sampling == nil else {
      throw SessionFailure(.busy, "a sampling window is open; a recording would end it")
    }
    guard series == nil else {
      throw SessionFailure(.busy, "a series of snapshots is under way; a recording would end it")
    }
    guard hasCompany == false else {
      let message = "another client of the inspector is there, who shares what is recorded"
      throw SessionFailure(.inUse, message)
    }
  }

  func requireNoTimeline() throws(SessionFailure) {
    guard timeline == nil else {
      throw SessionFailure(.busy, "allocations are being recorded, which this would end")
    }
  }
}
