internal import HeapModel

/// One reading of usage, with the collections that events told since the last.
struct FirefoxUsageReading: SessionOperation {
  typealias Dialect = FirefoxDialect

  let id: SessionRequest.ID
  let memory: String

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    [.call(.measure(memory: memory))]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    let usage = try FirefoxUsage.read(reply, at: now)
    return [.report(.usage(id, dialect.activity.take(usage))), .finish]
  }
}

/// Full collections of objects and of cycles between two readings.
///
/// Firefox collects three times for one request, and tells of each before it answers. What only
/// cycles of native objects hold needs the cycle collector.
struct FirefoxCollection: SessionOperation {
  typealias Dialect = FirefoxDialect

  let id: SessionRequest.ID
  let memory: String
  private var before: HeapUsage?
  private var startedAt = Duration.zero
  private var took: UInt64 = 0

  init(id: SessionRequest.ID, memory: String) {
    self.id = id
    self.memory = memory
  }

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    [.call(.measure(memory: memory))]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch command {
    case .measure:
      let usage = try FirefoxUsage.read(reply, at: now)
      guard let before else { return collect(usage, &dialect, at: now) }
      let told = dialect.activity.forcedPause
      let report = CollectionReport(
        before: before,
        after: usage,
        pauseNanoseconds: told > 0 ? told : took
      )
      return [.report(.collected(id, report)), .finish]
    case .collectCycles:
      _ = try reply.packet
      took = (now.elapsed - startedAt).nanoseconds
      return [.call(.measure(memory: memory))]
    default:
      _ = try reply.packet
      return []
    }
  }

  private mutating func collect(
    _ usage: HeapUsage,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) -> Steps {
    before = usage
    startedAt = now.elapsed
    dialect.activity.expectForced()
    return [.call(.collectGarbage(memory: memory)), .call(.collectCycles(memory: memory))]
  }
}
