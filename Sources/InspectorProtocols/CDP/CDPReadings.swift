internal import HeapModel

/// One reading of usage and collections.
struct CDPUsageReading: SessionOperation {
  typealias Dialect = CDPDialect

  let id: SessionRequest.ID

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    [.call(.evaluate(.usage))]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    do throws(SessionFailure) {
      let answer = try CDPUsage(reply, at: now)
      return [.report(.usage(id, dialect.reading(answer))), .finish]
    } catch {
      return [.fail(error)]
    }
  }
}

/// A full collection between two readings.
struct CDPCollection: SessionOperation {
  typealias Dialect = CDPDialect

  private enum State {
    case readingBefore
    case collecting(before: HeapUsage, since: Duration)
    case readingAfter(before: HeapUsage, pause: UInt64)
  }

  let id: SessionRequest.ID
  private var state = State.readingBefore

  init(id: SessionRequest.ID) {
    self.id = id
  }

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    [.call(.evaluate(.usage))]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    do throws(SessionFailure) {
      switch state {
      case .readingBefore:
        let before = try CDPUsage(reply, at: now).usage
        state = .collecting(before: before, since: now.elapsed)
        // V8 collects twice for one request.
        dialect.forcedCollections += 2
        return [.call(.collectGarbage)]
      case .collecting(let before, let since):
        if case .failure(let failure) = reply {
          throw SessionFailure(.noAnswer, "the collection was refused: \(failure.message)")
        }
        state = .readingAfter(before: before, pause: (now.elapsed - since).nanoseconds)
        return [.call(.evaluate(.usage))]
      case .readingAfter(let before, let pause):
        let after = try CDPUsage(reply, at: now).usage
        let report = CollectionReport(before: before, after: after, pauseNanoseconds: pause)
        return [.report(.collected(id, report)), .finish]
      }
    } catch {
      return [.fail(error)]
    }
  }
}
