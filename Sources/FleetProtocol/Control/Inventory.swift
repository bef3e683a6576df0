internal import CFleetMessages
package import HeapModel

/// All targets of the agent, whole each time: a target that is missing is gone.
package struct Inventory: FleetMessage {
  /// At most 1,024.
  package var targets: [TargetDescription]

  package init(targets: [TargetDescription] = []) {
    self.targets = targets
  }
}

extension Inventory: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__inventory__init)

  init() {
    self.init(targets: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Inventory,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.messages(
      &targets,
      &raw.targets,
      &raw.n_targets,
      "targets",
      maximum: FleetLimits.targets
    )
  }
}
