internal import CFleetMessages

/// Asks how the collector is.
package struct StatusRequest: FleetMessage {
  package init() {}
}

extension StatusRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__status_request__init)

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__StatusRequest,
    _ fields: Fields
  ) throws(FleetError) {}
}

/// How the collector is, in numbers.
package struct StatusReply: FleetMessage {
  package var version: String
  package var agents: UInt32
  package var targets: UInt32
  package var snapshots: UInt64
  package var storeBytes: UInt64
  package var freeBytes: UInt64
  /// Since the store began, at most 64.
  package var drops: [Drop]

  package init(
    version: String = "",
    agents: UInt32 = 0,
    targets: UInt32 = 0,
    snapshots: UInt64 = 0,
    storeBytes: UInt64 = 0,
    freeBytes: UInt64 = 0,
    drops: [Drop] = []
  ) {
    self.version = version
    self.agents = agents
    self.targets = targets
    self.snapshots = snapshots
    self.storeBytes = storeBytes
    self.freeBytes = freeBytes
    self.drops = drops
  }
}

extension StatusReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__status_reply__init)

  init() {
    self.init(version: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__StatusReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&version, &raw.version, "version")
    fields.value(&agents, &raw.agents)
    fields.value(&targets, &raw.targets)
    fields.value(&snapshots, &raw.snapshots)
    fields.value(&storeBytes, &raw.store_bytes)
    fields.value(&freeBytes, &raw.free_bytes)
    try fields.messages(&drops, &raw.drops, &raw.n_drops, "drops", maximum: FleetLimits.dropReasons)
  }
}
