internal import HeapModel

/// One reading of usage and collections.
struct CDPUsageReading: SessionOperation {
  typealias Dialect = CDPDialect

  let id: SessionRequest.ID
  private var documents: DocumentCounts?

  init(id: SessionRequest.ID) {
    self.id = id
  }

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    let documents: Steps = dialect.flavor.documents.map { [.call($0)] } ?? []
    return documents + dialect.usageQuestion
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    if command == .getIsolateID { return dialect.learnedIsolate(reply, at: now) }
    if command == .getDOMCounters {
      documents = DocumentCounts(reply)
      return []
    }
    var answer = try CDPUsage(reply, to: command, at: now)
    answer.usage.documents = documents
    dialect.learn(answer)
    let change = dialect.noteCounting(in: answer)
    return change + [.report(.usage(id, dialect.reading(answer))), .finish]
  }
}

/// A full collection between two readings.
struct CDPCollection: SessionOperation {
  typealias Dialect = CDPDialect

  private enum State {
    case readingBefore
    case collecting(before: HeapUsage, since: Duration, missing: Int)
    case readingAfter(before: HeapUsage, pause: UInt64)
  }

  let id: SessionRequest.ID
  private var state = State.readingBefore

  init(id: SessionRequest.ID) {
    self.id = id
  }

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    [.call(dialect.usage)]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch state {
    case .readingBefore:
      let before = try CDPUsage(reply, to: command, at: now).usage
      let collection = dialect.flavor.collection
      state = .collecting(before: before, since: now.elapsed, missing: collection.count)
      // V8 collects twice for one request.
      dialect.forcedCollections += 2
      dialect.window?.forcedCollections += 2
      return collection.map { .call($0) }
    case .collecting(let before, let since, let missing):
      if case .failure(let failure) = reply {
        throw SessionFailure(.noAnswer, "the collection was refused: \(failure.message)")
      }
      guard missing == 1 else {
        state = .collecting(before: before, since: since, missing: missing - 1)
        return []
      }
      state = .readingAfter(before: before, pause: (now.elapsed - since).nanoseconds)
      return [.call(dialect.usage)]
    case .readingAfter(let before, let pause):
      let after = try CDPUsage(reply, to: command, at: now).usage
      let report = CollectionReport(before: before, after: after, pauseNanoseconds: pause)
      return [.report(.collected(id, report)), .finish]
    }
  }
}

/// Asks which isolate it is now.
struct CDPIsolateCheck: SessionOperation {
  typealias Dialect = CDPDialect

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    [.call(.getIsolateID)]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    dialect.learnedIsolate(reply, at: now) + [.finish]
  }
}

/// Sees whether a browser answers, which its pages would tell if it had any.
struct CDPBrowserCheck: SessionOperation {
  typealias Dialect = CDPDialect

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    [.call(.getBrowserVersion)]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    [.finish]
  }
}
