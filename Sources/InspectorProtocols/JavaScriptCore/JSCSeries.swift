internal import HeapModel

/// A series of snapshots in which objects keep their ids.
///
/// Two things end an epoch: another client that leaves (seen by `Heap.enable`), after which ids
/// begin anew; and a snapshot that the program takes of itself, after which all ids lie above the
/// highest one before.
struct JSCSeries: Sendable {
  /// When it ends by itself.
  var endsAt: Duration
  private(set) var epoch = ""
  private var largestID: UInt64 = 0

  init(endsAt: Duration) {
    self.endsAt = endsAt
  }

  mutating func forgetIDs() {
    epoch = ""
  }

  /// A snapshot has come; `newEpoch` names the epoch where it begins one.
  mutating func received(_ range: JSCIdentifierRange, newEpoch: () -> String) {
    if epoch.isEmpty || range.smallest > largestID { epoch = newEpoch() }
    largestID = range.largest
  }
}

/// Clears the ids by switching the heap domain off and on again.
struct JSCSeriesEnd: SessionOperation {
  typealias Dialect = JSCDialect

  let isAskedFor: Bool
  private var endsSeries = false

  init(isAskedFor: Bool) {
    self.isAskedFor = isAskedFor
  }

  mutating func begin(_ dialect: inout JSCDialect, at now: Moment) -> Steps {
    endsSeries = isAskedFor || dialect.series != nil
    dialect.series = nil
    let mayDisable = dialect.isOurs && dialect.holdsIDs && !dialect.hasCompany
    if mayDisable { dialect.holdsIDs = false }
    return mayDisable ? [.call(.disableHeap), .call(.enableHeap)] : over
  }

  mutating func received(
    _ reply: Reply,
    to command: JSCCommand,
    _ dialect: inout JSCDialect,
    at now: Moment
  ) -> Steps {
    command == .enableHeap ? over : []
  }

  private var over: Steps {
    endsSeries ? [.report(.seriesEnded), .finish] : [.finish]
  }
}
