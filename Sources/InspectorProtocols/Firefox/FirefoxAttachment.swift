internal import HeapModel

/// Attaches to the memory actor of what a tab shows, at the beginning and after each loading.
struct FirefoxAttachment: SessionOperation {
  typealias Dialect = FirefoxDialect

  let isFirst: Bool

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    guard let target = dialect.target else { return done(dialect) }
    return [.call(.attach(memory: target.memory))]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) -> Steps {
    if case .result = reply {
      dialect.isAttached = true
    } else if dialect.target?.memory == command.actor {
      // It went away meanwhile: the next page is announced.
      dialect.target = nil
    }
    return done(dialect)
  }

  private func done(_ dialect: FirefoxDialect) -> Steps {
    isFirst ? [.report(.attached(dialect.description)), .finish] : [.finish]
  }
}

/// Leaves no file; what else there is ends with the connection.
struct FirefoxDetachment: SessionOperation {
  typealias Dialect = FirefoxDialect

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    var steps: Steps = []
    if let leftover = dialect.leftover, dialect.console.isEmpty == false {
      steps.append(.tell(.removeSnapshot(console: dialect.console, snapshot: leftover)))
    }
    guard dialect.isAttached, let target = dialect.target else { return steps + [.finish] }
    return steps + [.call(.detach(memory: target.memory))]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) -> Steps { [.finish] }
}

/// Removes the file of a snapshot that was cut short.
struct FirefoxRemoval: SessionOperation {
  typealias Dialect = FirefoxDialect

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    guard let leftover = dialect.leftover else { return [.finish] }
    dialect.leftover = nil
    return [.tell(.removeSnapshot(console: dialect.console, snapshot: leftover)), .finish]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) -> Steps { [] }
}

/// A series holds nothing in Firefox.
struct FirefoxSeriesEnd: SessionOperation {
  typealias Dialect = FirefoxDialect

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    [.report(.seriesEnded), .finish]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) -> Steps { [] }
}
