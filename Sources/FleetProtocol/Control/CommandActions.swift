internal import CFleetMessages
package import HeapModel

/// Take a heap snapshot and upload it.
package struct TakeSnapshot: FleetMessage {
  /// Chosen by the collector, so that a repeat is the same one.
  package var uploadID: String
  /// Empty: outside a series, ids are cleared at once.
  package var series: String
  /// Number of the snapshot in its series, from 0.
  package var step: UInt32
  /// Another step follows: keep the session's ids.
  package var holdIDs: Bool
  /// Despite admission; recorded with the snapshot.
  package var isForced: Bool
  /// Record allocations for so long, and take the snapshot at the end of it; 0: at once.
  package var timelineMilliseconds: UInt64
  /// Record who allocates, not only when.
  package var timelineHasStacks: Bool

  package init(
    uploadID: String,
    series: String = "",
    step: UInt32 = 0,
    holdIDs: Bool = false,
    isForced: Bool = false,
    timelineMilliseconds: UInt64 = 0,
    timelineHasStacks: Bool = false
  ) {
    self.uploadID = uploadID
    self.series = series
    self.step = step
    self.holdIDs = holdIDs
    self.isForced = isForced
    self.timelineMilliseconds = timelineMilliseconds
    self.timelineHasStacks = timelineHasStacks
  }

  /// What is to be recorded before the snapshot; nil if nothing is.
  package var recording: AllocationRecording? {
    guard timelineMilliseconds > 0 else { return nil }
    return AllocationRecording(milliseconds: timelineMilliseconds, hasStacks: timelineHasStacks)
  }
}

extension TakeSnapshot: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__take_snapshot__init)

  init() {
    self.init(uploadID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__TakeSnapshot,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&uploadID, &raw.upload_id, "upload_id")
    try fields.text(&series, &raw.series, "series")
    fields.value(&step, &raw.step)
    fields.flag(&holdIDs, &raw.hold_ids)
    fields.flag(&isForced, &raw.forced)
    fields.value(&timelineMilliseconds, &raw.timeline_millis)
    fields.flag(&timelineHasStacks, &raw.timeline_stacks)
  }
}

/// Force a collection and say what it did.
package struct CollectGarbage: FleetMessage {
  package init() {}
}

extension CollectGarbage: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__collect_garbage__init)

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CollectGarbage,
    _ fields: Fields
  ) throws(FleetError) {}
}

/// Sample allocations for a while and upload the profile.
package struct Sample: FleetMessage {
  package var uploadID: String
  package var durationMilliseconds: UInt64
  /// 0: 131,072.
  package var intervalBytes: UInt64
  /// 0: 64; never above 128.
  package var stackDepth: UInt32

  package init(
    uploadID: String,
    durationMilliseconds: UInt64 = 0,
    intervalBytes: UInt64 = 0,
    stackDepth: UInt32 = 0
  ) {
    self.uploadID = uploadID
    self.durationMilliseconds = durationMilliseconds
    self.intervalBytes = intervalBytes
    self.stackDepth = stackDepth
  }
}

extension Sample: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__sample__init)

  init() {
    self.init(uploadID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Sample,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&uploadID, &raw.upload_id, "upload_id")
    fields.value(&durationMilliseconds, &raw.duration_millis)
    fields.value(&intervalBytes, &raw.interval_bytes)
    try fields.value(
      &stackDepth,
      &raw.stack_depth,
      "stack_depth",
      maximum: FleetLimits.sampledStackDepth
    )
  }
}

/// Measure something of the target now and upload it.
package struct Measure: FleetMessage {
  package var uploadID: String
  /// Nil for one that a later minor version added.
  package var kind: MeasurementKind?
  package var durationMilliseconds: UInt64

  package init(uploadID: String, kind: MeasurementKind?, durationMilliseconds: UInt64 = 0) {
    self.uploadID = uploadID
    self.kind = kind
    self.durationMilliseconds = durationMilliseconds
  }
}

extension Measure: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__measure__init)

  init() {
    self.init(uploadID: "", kind: nil)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Measure,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&uploadID, &raw.upload_id, "upload_id")
    fields.measurementKind(&kind, &raw.kind)
    fields.value(&durationMilliseconds, &raw.duration_millis)
  }
}

/// No further step will come, or nobody waits for the recording: clear the ids now.
package struct EndSeries: FleetMessage {
  package var series: String

  package init(series: String = "") {
    self.series = series
  }
}

extension EndSeries: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__end_series__init)

  init() {
    self.init(series: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__EndSeries,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&series, &raw.series, "series")
  }
}
