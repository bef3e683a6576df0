internal import HeapModel

/// One reading of usage, with the collections that events told since the last.
///
/// The question whether the heap domain is still on travels with it: if another client has left
/// and taken our events and ids along, this is where we learn it and begin anew.
struct JSCUsageReading: SessionOperation {
  typealias Dialect = JSCDialect

  let id: SessionRequest.ID
  private(set) var silenceEnds: Duration?

  init(id: SessionRequest.ID) {
    self.id = id
  }

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps {
    [.call(.enableHeap)] + dialect.askForUsage()
  }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    silenceEnds = dialect.silenceEnds(after: command, at: now)
    if command == .enableHeap { return dialect.receivedHeapEnabled(reply) }
    guard let usage = try dialect.usage(reply, to: command, at: now) else { return [] }
    return [.report(.usage(id, dialect.activity.take(usage))), .finish]
  }
}

/// A full collection between two readings.
struct JSCCollection: SessionOperation {
  typealias Dialect = JSCDialect

  private enum State {
    case readingBefore
    case collecting(before: HeapUsage, since: Duration)
    case readingAfter(before: HeapUsage, pause: UInt64)
  }

  let id: SessionRequest.ID
  private var state = State.readingBefore
  private(set) var silenceEnds: Duration?

  init(id: SessionRequest.ID) {
    self.id = id
  }

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps {
    dialect.askForUsage()
  }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    silenceEnds = dialect.silenceEnds(after: command, at: now)
    switch state {
    case .readingBefore:
      guard let before = try dialect.usage(reply, to: command, at: now) else { return [] }
      state = .collecting(before: before, since: now.elapsed)
      dialect.activity.expectForced()
      return [.call(.collectGarbage)]
    case .collecting(let before, let since):
      if case .failure(let failure) = reply {
        throw SessionFailure(.noAnswer, "the collection was refused: \(failure.message)")
      }
      let told = dialect.activity.lastFullPause
      let pause = told ?? (now.elapsed - since).nanoseconds
      state = .readingAfter(before: before, pause: pause)
      return dialect.askForUsage()
    case .readingAfter(let before, let pause):
      guard let after = try dialect.usage(reply, to: command, at: now) else { return [] }
      // WebKit tells of the collection behind its answer.
      let pause = dialect.activity.lastFullPause ?? pause
      let report = CollectionReport(before: before, after: after, pauseNanoseconds: pause)
      return [.report(.collected(id, report)), .finish]
    }
  }
}
