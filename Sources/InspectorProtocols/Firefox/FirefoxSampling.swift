/// Opens a window.
struct FirefoxSamplingStart: SessionOperation {
  typealias Dialect = FirefoxDialect

  let id: SessionRequest.ID
  let memory: String
  let rate: FirefoxWindow.Rate

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    [.call(.startRecording(memory: memory, rate: rate))]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    _ = try reply.packet
    dialect.window = FirefoxWindow(rate, startedAt: now.wall)
    return [.report(.samplingStarted(id)), .finish]
  }
}

/// Closes a window: first what the log still holds, which stopping would lose, and a collection at
/// the end, without which a page that was sampled may stay slow.
struct FirefoxSamplingStop: SessionOperation {
  typealias Dialect = FirefoxDialect

  let id: SessionRequest.ID
  let memory: String

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    guard dialect.window?.isLost == false else {
      dialect.window = nil
      return [.fail(FirefoxDialect.interruption)]
    }
    return [
      .call(.drainAllocations(memory: memory)), .call(.stopRecording(memory: memory)),
      .call(.collectGarbage(memory: memory)),
    ]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    _ = try reply.packet
    guard case .collectGarbage = command else { return [] }
    guard let window = dialect.window else { throw FirefoxDialect.interruption }
    dialect.window = nil
    guard window.hasOverflown == false else {
      throw SessionFailure(
        .interrupted,
        "Firefox logged more allocations than it keeps; a longer interval takes fewer"
      )
    }
    return [.report(.profile(id, window.profile(endedAt: now.wall))), .finish]
  }

  mutating func cancelled(_ dialect: inout FirefoxDialect) {
    dialect.window = nil
  }
}
