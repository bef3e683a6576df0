internal import HeapModel

/// Asks whether the heap domain is free, and takes it if it is: then even our sudden end gives it
/// back, since Bun clears what a client had enabled.
struct JSCAttachment: SessionOperation {
  typealias Dialect = JSCDialect

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps {
    [.call(.enableHeap)]
  }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) -> Steps {
    switch reply {
    case .failure(let failure) where failure.message.contains("already enabled") == false:
      return [.letGo(.unusable("Heap.enable was refused: \(failure.message)"))]
    case .failure: break
    default: dialect.takeHeap()
    }
    return [.report(.attached(dialect.description)), .finish]
  }
}

/// Leaves no object, no console message and no ids behind.
struct JSCDetachment: SessionOperation {
  typealias Dialect = JSCDialect

  private var missing = 0

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps {
    var commands: [JSCCommand] =
      dialect.clearsConsole ? [.releaseObjectGroup, .clearConsole] : [.releaseObjectGroup]
    if dialect.isTrackingMemory { commands.append(.stopMemoryTracking) }
    // What another client has enabled is not ours to disable.
    if dialect.isOurs { commands.append(.disableHeap) }
    if dialect.host == .page { commands.append(.disablePage) }
    missing = commands.count
    return commands.map { .call($0) }
  }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) -> Steps {
    missing -= 1
    var steps: Steps = []
    if command == .disableHeap, dialect.series != nil {
      dialect.series = nil
      steps.append(.report(.seriesEnded))
    }
    return missing == 0 ? steps + [.finish] : steps
  }
}
