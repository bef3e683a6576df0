internal import CFleetMessages
package import HeapModel

/// The course of a command on its target; the last one has a final state.
package struct CommandUpdate: FleetMessage {
  package enum State: UInt8, Hashable, Sendable, CaseIterable {
    case running = 1
    case done = 2
    /// Not begun: admission, deadline, capability, state.
    case refused = 3
    /// Begun and not finished.
    case failed = 4

    package var isFinal: Bool { self != .running }
  }

  package var commandID: String
  package var targetID: TargetID
  package var state: State
  /// For people; always there when refused or failed.
  package var reason: String
  /// A short word for programs, such as `noMemory`, `gone`, `inUse`, `notSupported` or `expired`.
  package var reasonCode: String
  /// Progress, in the unit of `total`; total 0: not known.
  package var done: UInt64
  package var total: UInt64
  /// What a snapshot was estimated to cost the target.
  package var estimatedPauseMilliseconds: UInt64
  package var estimatedGrowthBytes: UInt64
  package var collection: CollectionEffect?
  /// What the command's result is uploaded as.
  package var uploadID: String?

  package init(
    commandID: String,
    targetID: TargetID,
    state: State,
    reason: String = "",
    reasonCode: String = "",
    done: UInt64 = 0,
    total: UInt64 = 0,
    estimatedPauseMilliseconds: UInt64 = 0,
    estimatedGrowthBytes: UInt64 = 0,
    collection: CollectionEffect? = nil,
    uploadID: String? = nil
  ) {
    self.commandID = commandID
    self.targetID = targetID
    self.state = state
    self.reason = reason
    self.reasonCode = reasonCode
    self.done = done
    self.total = total
    self.estimatedPauseMilliseconds = estimatedPauseMilliseconds
    self.estimatedGrowthBytes = estimatedGrowthBytes
    self.collection = collection
    self.uploadID = uploadID
  }
}

extension CommandUpdate: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__command_update__init)

  init() {
    self.init(commandID: "", targetID: TargetID(high: 0, low: 0), state: .failed)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CommandUpdate,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&commandID, &raw.command_id, "command_id")
    try fields.target(&targetID, &raw.target_id, "target_id")
    try fields.word(&state, &raw.state, "state")
    try fields.text(&reason, &raw.reason, "reason")
    try fields.text(&reasonCode, &raw.reason_code, "reason_code")
    fields.value(&done, &raw.done)
    fields.value(&total, &raw.total)
    fields.value(&estimatedPauseMilliseconds, &raw.estimated_pause_millis)
    fields.value(&estimatedGrowthBytes, &raw.estimated_growth_bytes)
    fields.collection(
      &collection,
      &raw.has_collection,
      &raw.used_before,
      &raw.used_after,
      &raw.pause_nanos
    )
    try fields.identifier(&uploadID, &raw.upload_id, "upload_id")
  }
}
