internal import CFleetMessages

/// Samples allocations in the targets chosen, all at once; the answer is a stream of `TargetEvent`.
package struct SampleWindowRequest: FleetMessage {
  package var choice: Choice
  package var durationMilliseconds: UInt64
  package var intervalBytes: UInt64
  package var stackDepth: UInt32
  package var requestID: String

  package init(
    choice: Choice,
    durationMilliseconds: UInt64 = 0,
    intervalBytes: UInt64 = 0,
    stackDepth: UInt32 = 0,
    requestID: String
  ) {
    self.choice = choice
    self.durationMilliseconds = durationMilliseconds
    self.intervalBytes = intervalBytes
    self.stackDepth = stackDepth
    self.requestID = requestID
  }
}

extension SampleWindowRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__sample_window_request__init)

  init() {
    self.init(choice: .selector(""), requestID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__SampleWindowRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&choice, &raw.choice, "choice")
    fields.value(&durationMilliseconds, &raw.duration_millis)
    fields.value(&intervalBytes, &raw.interval_bytes)
    try fields.value(
      &stackDepth,
      &raw.stack_depth,
      "stack_depth",
      maximum: FleetLimits.sampledStackDepth
    )
    try fields.identifier(&requestID, &raw.request_id, "request_id")
  }
}
