internal import CFleetMessages
package import HeapModel

/// One instance in which a leak was seen, or was looked for and not seen.
package struct LeakSite: FleetMessage {
  package var targetID: TargetID
  package var service: String
  package var version: String
  package var instance: String
  package var runtime: String
  package var snapshotID: String
  /// At most 64.
  package var objectsPerStep: [UInt64]
  package var bytesPerStep: [UInt64]

  package init(
    targetID: TargetID,
    service: String = "",
    version: String = "",
    instance: String = "",
    runtime: String = "",
    snapshotID: String,
    objectsPerStep: [UInt64] = [],
    bytesPerStep: [UInt64] = []
  ) {
    self.targetID = targetID
    self.service = service
    self.version = version
    self.instance = instance
    self.runtime = runtime
    self.snapshotID = snapshotID
    self.objectsPerStep = objectsPerStep
    self.bytesPerStep = bytesPerStep
  }
}

extension LeakSite: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__leak_site__init)

  init() {
    self.init(targetID: TargetID(high: 0, low: 0), snapshotID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__LeakSite,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.target(&targetID, &raw.target_id, "target_id")
    try fields.text(&service, &raw.service, "service")
    try fields.text(&version, &raw.version, "version")
    try fields.text(&instance, &raw.instance, "instance")
    try fields.text(&runtime, &raw.runtime, "runtime")
    try fields.identifier(&snapshotID, &raw.snapshot_id, "snapshot_id")
    try fields.column(
      &objectsPerStep,
      &raw.objects_per_step,
      &raw.n_objects_per_step,
      "objects_per_step",
      maximum: FleetLimits.steps
    )
    try fields.column(
      &bytesPerStep,
      &raw.bytes_per_step,
      &raw.n_bytes_per_step,
      "bytes_per_step",
      maximum: FleetLimits.steps
    )
  }
}
