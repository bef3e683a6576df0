internal import CFleetMessages
package import HeapModel

/// Takes snapshots of the targets chosen; the answer is a stream of `TargetEvent`.
package struct CaptureRequest: FleetMessage {
  package var choice: Choice
  /// Empty: single snapshots.
  package var series: String
  /// Steps of the series taken now; 0: one.
  package var count: UInt32
  /// Between the starts of two steps.
  package var intervalMilliseconds: UInt64
  /// Baseline, action, repeat: one step now, ids held between.
  package var mark: String
  package var isForced: Bool
  /// Say what it would cost, take nothing.
  package var estimateOnly: Bool
  /// Idempotence key: the same id joins the running request.
  package var requestID: String
  /// As in `TakeSnapshot`: such a request ends when nobody waits for it any more.
  package var timelineMilliseconds: UInt64
  package var timelineHasStacks: Bool

  package init(
    choice: Choice,
    series: String = "",
    count: UInt32 = 0,
    intervalMilliseconds: UInt64 = 0,
    mark: String = "",
    isForced: Bool = false,
    estimateOnly: Bool = false,
    requestID: String,
    timelineMilliseconds: UInt64 = 0,
    timelineHasStacks: Bool = false
  ) {
    self.choice = choice
    self.series = series
    self.count = count
    self.intervalMilliseconds = intervalMilliseconds
    self.mark = mark
    self.isForced = isForced
    self.estimateOnly = estimateOnly
    self.requestID = requestID
    self.timelineMilliseconds = timelineMilliseconds
    self.timelineHasStacks = timelineHasStacks
  }

  /// What is to be recorded before each snapshot; nil if nothing is.
  package var recording: AllocationRecording? {
    guard timelineMilliseconds > 0 else { return nil }
    return AllocationRecording(milliseconds: timelineMilliseconds, hasStacks: timelineHasStacks)
  }
}

extension CaptureRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__capture_request__init)

  init() {
    self.init(choice: .selector(""), requestID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CaptureRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&choice, &raw.choice, "choice")
    try fields.text(&series, &raw.series, "series")
    fields.value(&count, &raw.count)
    fields.value(&intervalMilliseconds, &raw.interval_millis)
    try fields.text(&mark, &raw.mark, "mark")
    fields.flag(&isForced, &raw.forced)
    fields.flag(&estimateOnly, &raw.estimate_only)
    try fields.identifier(&requestID, &raw.request_id, "request_id")
    fields.value(&timelineMilliseconds, &raw.timeline_millis)
    fields.flag(&timelineHasStacks, &raw.timeline_stacks)
  }
}
