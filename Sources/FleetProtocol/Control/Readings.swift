internal import CFleetMessages

/// Measurements of the agent's targets.
package struct Readings: FleetMessage {
  /// At most 1,024.
  package var usage: [UsagePoints]
  /// At most 1,024.
  package var collections: [CollectionPoints]

  package init(
    usage: [UsagePoints] = [],
    collections: [CollectionPoints] = []
  ) {
    self.usage = usage
    self.collections = collections
  }
}

extension Readings: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__readings__init)

  init() {
    self.init(usage: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Readings,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.messages(&usage, &raw.usage, &raw.n_usage, "usage", maximum: FleetLimits.targets)
    try fields.messages(
      &collections,
      &raw.collections,
      &raw.n_collections,
      "collections",
      maximum: FleetLimits.targets
    )
  }
}
