internal import HeapModel
internal import JSONStream

/// Says first what keeps us from holding up the program's end, and learns which heap this is.
struct CDPAttachment: SessionOperation {
  typealias Dialect = CDPDialect

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    // A worker thread does not wait for anybody when it ends.
    guard dialect.heap == nil else { return [.call(.getIsolateID)] }
    // In one breath: the program may come to its end at any moment.
    return [
      .call(.enableNodeRuntime), .call(.notifyWhenWaitingForDisconnect), .call(.getIsolateID),
      .tell(.enableNodeWorker),
    ]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    switch (command, reply) {
    case (.getIsolateID, .result(let result)):
      dialect.isolate = result["id"]?.string ?? ""
      let description = SessionDescription(
        name: dialect.heap?.name ?? "",
        title: dialect.heap?.title ?? "",
        capabilities: dialect.capabilities,
        isolate: dialect.isolate,
        detail: ""
      )
      return [.report(.attached(description)), .finish]
    case (_, .failure(let failure)):
      // Without it an attached session would keep a dying program alive, which we never risk.
      return [.letGo(.unusable("\(command.method) was refused: \(failure.message)"))]
    default:
      return []
    }
  }
}

/// Takes everything out of the program that this session has put there.
struct CDPDetachment: SessionOperation {
  typealias Dialect = CDPDialect

  private var missing = 0

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    var commands: [CDPCommand] = [.evaluate(.cleanUp)]
    // A sampler of ours ends with the session; to stop it would cost the program a collection.
    if dialect.holdsIDs { commands.append(.disableHeapProfiler) }
    commands += [.releaseObjectGroup, .discardConsoleEntries]
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
    if command == .disableHeapProfiler, dialect.series != nil {
      dialect.series = nil
      steps.append(.report(.seriesEnded))
    }
    return missing == 0 ? steps + [.finish] : steps
  }
}
