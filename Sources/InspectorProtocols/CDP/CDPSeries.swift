internal import JSONStream

/// A series of snapshots in which objects keep their ids.
///
/// The engine forgets all ids when any client disables its heap profiler or leaves, and begins
/// again from low numbers that name other objects. So a canary and some builtins are held, and
/// their ids compared around every snapshot: what differs is another epoch.
struct CDPSeries: Sendable {
  /// When it ends by itself.
  var endsAt: Duration
  /// Handles of the canary and the anchors, in their order; empty until they were fetched.
  var handles: [JSONString] = []
  /// Their ids after the last snapshot.
  var ids: [UInt64] = []
  var epoch = ""
}

/// Lets go of the anchors and clears the ids; a recording ends with them.
struct CDPSeriesEnd: SessionOperation {
  typealias Dialect = CDPDialect

  let isAskedFor: Bool
  private var endsSeries = false

  init(isAskedFor: Bool) {
    self.isAskedFor = isAskedFor
  }

  mutating func begin(_ dialect: inout CDPDialect, at now: Moment) -> Steps {
    if dialect.sampling != nil, dialect.series != nil {
      // Disabling would end the sampler: it is done as a duty once the window is closed.
      dialect.series?.endsAt = now.elapsed
      return [.finish]
    }
    let endsTimeline = dialect.timeline != nil
    endsSeries = isAskedFor || dialect.series != nil || endsTimeline
    dialect.series = nil
    dialect.timeline = nil
    guard dialect.holdsIDs else { return over }
    // A recording would cost the program more than the ids are worth to anybody.
    guard dialect.hasCompany == false || endsTimeline else {
      return [.tell(.releaseObjectGroup)] + over
    }
    dialect.holdsIDs = false
    return [.call(.releaseObjectGroup), .call(.disableHeapProfiler)]
  }

  mutating func received(
    _ reply: Reply,
    to command: CDPCommand,
    _ dialect: inout CDPDialect,
    at now: Moment
  ) -> Steps {
    command == .disableHeapProfiler ? over : []
  }

  private var over: Steps {
    endsSeries ? [.report(.seriesEnded), .finish] : [.finish]
  }
}
