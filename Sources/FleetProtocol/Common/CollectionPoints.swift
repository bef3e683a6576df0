internal import CFleetMessages
package import HeapModel

/// What the collector of garbage did in one target, at most 4,096 entries; columns on the wire.
package struct CollectionPoints: FleetMessage {
  package var targetID: TargetID
  package var activities: [CollectionActivity]

  package init(targetID: TargetID, activities: [CollectionActivity]) {
    self.targetID = targetID
    self.activities = activities
  }
}

extension CollectionPoints: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__collection_points__init)

  init() {
    self.init(targetID: TargetID(high: 0, low: 0), activities: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CollectionPoints,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.target(&targetID, &raw.target_id, "target_id")
    var columns = CollectionColumns()
    if !fields.isReading {
      columns = CollectionColumns(activities.prefix(FleetLimits.collectionPoints))
    }
    try columns.exchange(&raw, fields)
    if fields.isReading { activities = try columns.activities() }
  }
}

/// The columns of `CollectionPoints`, all of one length.
private struct CollectionColumns {
  var time: [UnixNanoseconds] = []
  var kind: [UInt32] = []
  var count: [UInt32] = []
  var pause: [UInt64] = []
  var longestPause: [UInt64] = []
  var present: [UInt32] = []
  var usedBefore: [UInt64] = []
  var usedAfter: [UInt64] = []
  var forcedCount: [UInt32] = []

  /// The bits of the `present` column.
  private static let hasUsedBefore: UInt32 = 1
  private static let hasUsedAfter: UInt32 = 2

  init() {}

  init(_ activities: some Collection<CollectionActivity>) {
    time = activities.map(\.time)
    kind = activities.map { UInt32($0.kind.rawValue) }
    count = activities.map(\.count)
    pause = activities.map(\.pauseNanoseconds)
    longestPause = activities.map(\.longestPauseNanoseconds)
    present = activities.map { activity in
      (activity.usedBefore == nil ? 0 : Self.hasUsedBefore)
        | (activity.usedAfter == nil ? 0 : Self.hasUsedAfter)
    }
    usedBefore = activities.map { $0.usedBefore ?? 0 }
    usedAfter = activities.map { $0.usedAfter ?? 0 }
    forcedCount = activities.map(\.forcedCount)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CollectionPoints,
    _ fields: Fields
  ) throws(FleetError) {
    let most = FleetLimits.collectionPoints
    try fields.column(&time, &raw.time_unix_nanos, &raw.n_time_unix_nanos, "time", maximum: most)
    try fields.column(&kind, &raw.kind, &raw.n_kind, "kind", maximum: most)
    try fields.column(&count, &raw.count, &raw.n_count, "count", maximum: most)
    try fields.column(&pause, &raw.pause_nanos, &raw.n_pause_nanos, "pause_nanos", maximum: most)
    try fields.column(
      &longestPause,
      &raw.longest_pause_nanos,
      &raw.n_longest_pause_nanos,
      "longest_pause_nanos",
      maximum: most
    )
    try fields.column(&present, &raw.present, &raw.n_present, "present", maximum: most)
    try fields.column(
      &usedBefore,
      &raw.used_before,
      &raw.n_used_before,
      "used_before",
      maximum: most
    )
    try fields.column(&usedAfter, &raw.used_after, &raw.n_used_after, "used_after", maximum: most)
    try fields.column(
      &forcedCount,
      &raw.forced_count,
      &raw.n_forced_count,
      "forced_count",
      maximum: most
    )
    try fields.sameLength(
      [
        time.count, kind.count, count.count, pause.count, longestPause.count, present.count,
        usedBefore.count, usedAfter.count, forcedCount.count,
      ],
      "collections"
    )
  }

  func activities() throws(FleetError) -> [CollectionActivity] {
    var activities: [CollectionActivity] = []
    activities.reserveCapacity(time.count)
    for point in time.indices {
      guard let number = UInt8(exactly: kind[point]),
        let known = CollectionActivity.Kind(rawValue: number)
      else {
        throw FleetError(.unsupported, "kind of collection \(kind[point]) is not known here")
      }
      let activity = CollectionActivity(
        kind: known,
        time: time[point],
        count: count[point],
        pauseNanoseconds: pause[point],
        longestPauseNanoseconds: longestPause[point],
        usedBefore: present[point] & Self.hasUsedBefore == 0 ? nil : usedBefore[point],
        usedAfter: present[point] & Self.hasUsedAfter == 0 ? nil : usedAfter[point],
        forcedCount: forcedCount[point]
      )
      activities.append(activity)
    }
    return activities
  }
}
