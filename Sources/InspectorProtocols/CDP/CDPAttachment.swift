internal import HeapModel
internal import JSONStream

/// Says first what keeps us from holding up the program's end, and learns which heap this is.
struct CDPAttachment: SessionOperation {
  typealias Dialect = CDPDialect

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    // In one breath: the program may come to its end at any moment.
    dialect.flavor.firstWords.map { .call($0) } + dialect.flavor.remarks.map { .tell($0) }
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    if case .failure(let failure) = reply {
      // Without it an attached session would keep a dying program alive, which we never risk.
      return [.letGo(.unusable("\(command.method) was refused: \(failure.message)"))]
    }
    if command == .getIsolateID { _ = dialect.learnedIsolate(reply, at: now) }
    guard command == dialect.flavor.firstWords.last else { return [] }
    return [.report(.attached(dialect.description)), .finish]
  }
}

/// Takes everything out of the program that this session has put there.
struct CDPDetachment: SessionOperation {
  typealias Dialect = CDPDialect

  private var missing = 0

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    let flavor = dialect.flavor
    guard flavor.absence == nil else {
      // It would end with the session; but the browser is told first, and then let go of.
      return (dialect.trace == nil ? [] : [.tell(.endTracing)]) + [.finish]
    }
    var commands = flavor.farewell
    // A sampler of ours ends with the session as a rule; to stop it would cost a collection.
    let leavesSampler = flavor.outlivesSession && dialect.sampling != nil
    let clearsIDs = dialect.holdsIDs && dialect.hasCompany == false
    if clearsIDs || leavesSampler || dialect.timeline != nil {
      commands.append(.disableHeapProfiler)
    }
    commands.append(.releaseObjectGroup)
    if dialect.hasCompany == false { commands.append(.discardConsoleEntries) }
    if dialect.options.closesInspector, dialect.heap == nil, dialect.hasCompany == false {
      // The last word: it is answered when all others were.
      commands.append(.evaluate(.closeInspector))
    }
    missing = commands.count
    return commands.map { .call($0) }
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    missing -= 1
    var steps: Steps = []
    if command == .disableHeapProfiler, dialect.series != nil || dialect.timeline != nil {
      dialect.series = nil
      dialect.timeline = nil
      steps.append(.report(.seriesEnded))
    }
    return missing == 0 ? steps + [.finish] : steps
  }
}
