internal import HeapModel
internal import JSONStream

/// A connection to a browser stands at once; its pages follow by themselves.
struct WebKitConnectionAttachment: SessionOperation {
  typealias Dialect = JSCDialect

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps {
    [.report(.attached(dialect.description)), .finish]
  }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) -> Steps { [] }
}

/// Nothing of ours is in a browser's connection itself.
struct WebKitConnectionDetachment: SessionOperation {
  typealias Dialect = JSCDialect

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps { [.finish] }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) -> Steps { [] }
}

/// Takes the heap domain of a page or a worker.
///
/// `Page.enable` comes first: it starts the clock of a page's collections, which all begin and end
/// at zero without it.
struct WebKitAttachment: SessionOperation {
  typealias Dialect = JSCDialect

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps {
    guard dialect.host == .page else { return [.call(.enableHeap)] }
    // In one breath: each call takes 40 ms on its way.
    return [.call(.enablePage), .call(.evaluate(.location)), .call(.enableHeap)]
  }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) -> Steps {
    switch command {
    case .evaluate(.location):
      dialect.title = (try? Evaluation.json(reply))?.string ?? ""
      return []
    case .enableHeap:
      if case .failure(let failure) = reply {
        guard failure.message.contains("already enabled") else {
          return [.letGo(.unusable("Heap.enable was refused: \(failure.message)"))]
        }
      } else {
        dialect.takeHeap()
      }
      let workers: Steps = dialect.host == .page ? [.tell(.enableWorkers)] : []
      return [.report(.attached(dialect.description))] + workers + [.finish]
    default:
      return []
    }
  }
}
