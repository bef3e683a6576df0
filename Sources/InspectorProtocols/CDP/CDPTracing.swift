internal import HeapModel

/// Begins a trace of the browser.
///
/// There is one at a time, whoever began it: a developer's own is left alone.
struct CDPTraceStart: SessionOperation {
  typealias Dialect = CDPDialect

  let id: SessionRequest.ID

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    [.call(.startTracing)]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    if case .failure(let failure) = reply {
      guard failure.message.contains("already been started") else {
        throw SessionFailure(.unsupported, "tracing was refused: \(failure.message)")
      }
      throw SessionFailure(.inUse, "somebody else takes a trace of this browser")
    }
    dialect.trace = CDPTrace(at: now)
    return [.report(.collectionWindowOpened(id)), .finish]
  }
}

/// Ends a trace, and waits until all of it has come.
struct CDPTraceEnd: SessionOperation {
  typealias Dialect = CDPDialect

  /// The browser gathers what its processes hold; 10 s of two busy pages took 4 s.
  private static let longestSilence = Duration.seconds(60)

  private(set) var silenceEnds: Duration?

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    guard dialect.trace != nil else {
      return [.fail(SessionFailure(.interrupted, "the trace was ended before its time"))]
    }
    silenceEnds = now.elapsed + Self.longestSilence
    return [.call(.endTracing)]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    guard case .failure(let failure) = reply else { return [] }
    dialect.trace = nil
    throw SessionFailure(.interrupted, "the trace was ended: \(failure.message)")
  }

  mutating func received(_ event: IncomingMessage, at now: Moment) -> Steps {
    silenceEnds = now.elapsed + Self.longestSilence
    return event.method == "Tracing.tracingComplete" ? [.finish] : []
  }

  mutating func cancelled(_ dialect: inout CDPDialect) {
    dialect.trace = nil
  }
}

/// Opens a heap's window in a trace that runs.
struct CDPTraceWindowStart: SessionOperation {
  typealias Dialect = CDPDialect

  let id: SessionRequest.ID

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    dialect.window = CDPTraceWindow()
    return [.call(.getIsolateID)]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    let steps = dialect.learnedIsolate(reply, at: now)
    guard dialect.window != nil else { return steps + [.fail(CDPTraceWindow.movedAway)] }
    return steps + [.report(.collectionWindowOpened(id)), .finish]
  }

  mutating func cancelled(_ dialect: inout CDPDialect) {
    dialect.window = nil
  }
}

extension CDPTraceWindow {
  static let movedAway = SessionFailure(.interrupted, "the page went elsewhere meanwhile")
}

extension CDPDialect {
  var isTraced: Bool { flavor.isTraced }

  mutating func takeTrace() -> CollectionTrace? {
    guard let trace, trace.isComplete else { return nil }
    self.trace = nil
    return trace.collected
  }

  mutating func collections(
    in trace: CollectionTrace
  ) throws(SessionFailure) -> [CollectionActivity] {
    defer { window = nil }
    guard let window else { throw CDPTraceWindow.movedAway }
    return try window.collections(in: trace)
  }
}
