internal import HeapModel

/// Opens a window of allocation sampling.
///
/// There is one sampler in an isolate. Starting it twice is silently accepted and changes nothing,
/// so we first ask for a profile: the refusal is free of cost and says that nobody samples. If
/// somebody does, his sampler serves us too, and our window begins behind its last ordinal.
struct CDPSamplingStart: SessionOperation {
  typealias Dialect = CDPDialect

  let id: SessionRequest.ID
  let intervalBytes: UInt64

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    [.call(.getSamplingProfile(after: -1))]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch (command, reply) {
    case (.getSamplingProfile, .profile(let reader)):
      dialect.forcedCollections += 1
      return open(&dialect, sharedFrom: reader.lastOrdinal, at: now)
    case (.getSamplingProfile, _):
      return [.call(.startSampling(intervalBytes: intervalBytes))]
    case (_, .failure(let failure)):
      throw SessionFailure(.noAnswer, "sampling was refused: \(failure.message)")
    default:
      return open(&dialect, sharedFrom: nil, at: now)
    }
  }

  private func open(_ dialect: inout CDPDialect, sharedFrom: Int64?, at now: Moment) -> Steps {
    dialect.sampling = CDPDialect.Sampling(
      // Of a sampler that is not ours we do not know it; sizes are scaled by the engine.
      intervalBytes: sharedFrom == nil ? intervalBytes : 0,
      startedAt: now.wall,
      sharedFrom: sharedFrom
    )
    return [.report(.samplingStarted(id)), .finish]
  }
}

/// Closes the window and reads its profile, for which the engine makes a full collection.
struct CDPSamplingStop: SessionOperation {
  typealias Dialect = CDPDialect

  let id: SessionRequest.ID
  let window: CDPDialect.Sampling

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    dialect.sampling = nil
    dialect.forcedCollections += 1
    return [.call(window.sharedFrom.map { .getSamplingProfile(after: $0) } ?? .stopSampling)]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch reply {
    case .profile(let reader):
      let profile = reader.profile(
        intervalBytes: window.intervalBytes,
        startedAt: window.startedAt,
        endedAt: now.wall
      )
      guard let profile, reader.isTooLarge == false else {
        throw SessionFailure(.noAnswer, "the target sent no profile that we can hold")
      }
      return [.report(.profile(id, profile)), .finish]
    case .failure:
      let message = "another client of the inspector has stopped the sampler"
      throw SessionFailure(.interrupted, message)
    case .result, .tooLarge:
      throw SessionFailure(.noAnswer, "the target sent no profile")
    }
  }
}
