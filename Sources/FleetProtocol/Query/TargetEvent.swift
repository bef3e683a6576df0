internal import CFleetMessages
package import HeapModel

/// What happens at one target on behalf of a request; the last one of a target has a final state.
package struct TargetEvent: FleetMessage {
  package enum State: UInt8, Hashable, Sendable, CaseIterable {
    /// For its lease: never two at a time per host or service.
    case waiting = 1
    case running = 2
    case done = 3
    case refused = 4
    case failed = 5

    package var isFinal: Bool { rawValue >= State.done.rawValue }
  }

  package var targetID: TargetID
  package var service: String
  package var version: String
  package var instance: String
  package var state: State
  /// For people; always there when refused or failed.
  package var reason: String
  /// A short word for programs, as in `CommandUpdate`.
  package var reasonCode: String
  /// Progress, in the unit of `total`; total 0: not known.
  package var done: UInt64
  package var total: UInt64
  package var snapshotID: String?
  /// Number of the snapshot in its series, from 0.
  package var step: UInt32
  package var profileID: String?
  package var measurementID: String?
  package var collection: CollectionEffect?
  package var estimatedPauseMilliseconds: UInt64
  package var estimatedGrowthBytes: UInt64

  package init(
    targetID: TargetID,
    service: String = "",
    version: String = "",
    instance: String = "",
    state: State,
    reason: String = "",
    reasonCode: String = "",
    done: UInt64 = 0,
    total: UInt64 = 0,
    snapshotID: String? = nil,
    step: UInt32 = 0,
    profileID: String? = nil,
    measurementID: String? = nil,
    collection: CollectionEffect? = nil,
    estimatedPauseMilliseconds: UInt64 = 0,
    estimatedGrowthBytes: UInt64 = 0
  ) {
    self.targetID = targetID
    self.service = service
    self.version = version
    self.instance = instance
    self.state = state
    self.reason = reason
    self.reasonCode = reasonCode
    self.done = done
    self.total = total
    self.snapshotID = snapshotID
    self.step = step
    self.profileID = profileID
    self.measurementID = measurementID
    self.collection = collection
    self.estimatedPauseMilliseconds = estimatedPauseMilliseconds
    self.estimatedGrowthBytes = estimatedGrowthBytes
  }
}

extension TargetEvent: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__target_event__init)

  init() {
    self.init(targetID: TargetID(high: 0, low: 0), state: .failed)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__TargetEvent,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.target(&targetID, &raw.target_id, "target_id")
    try fields.text(&service, &raw.service, "service")
    try fields.text(&version, &raw.version, "version")
    try fields.text(&instance, &raw.instance, "instance")
    try fields.word(&state, &raw.state, "state")
    try fields.text(&reason, &raw.reason, "reason")
    try fields.text(&reasonCode, &raw.reason_code, "reason_code")
    fields.value(&done, &raw.done)
    fields.value(&total, &raw.total)
    try fields.identifier(&snapshotID, &raw.snapshot_id, "snapshot_id")
    fields.value(&step, &raw.step)
    try fields.identifier(&profileID, &raw.profile_id, "profile_id")
    try fields.identifier(&measurementID, &raw.measurement_id, "measurement_id")
    fields.collection(
      &collection,
      &raw.has_collection,
      &raw.used_before,
      &raw.used_after,
      &raw.pause_nanos
    )
    fields.value(&estimatedPauseMilliseconds, &raw.estimated_pause_millis)
    fields.value(&estimatedGrowthBytes, &raw.estimated_growth_bytes)
  }
}
