internal import CFleetMessages

/// What the agent could not keep, since it last said so.
///
/// Every drop has a reason.
package struct Drops: FleetMessage {
  /// At most 64.
  package var drops: [Drop]

  package init(drops: [Drop] = []) {
    self.drops = drops
  }
}

extension Drops: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__drops__init)

  init() {
    self.init(drops: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Drops,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.messages(&drops, &raw.drops, &raw.n_drops, "drops", maximum: FleetLimits.dropReasons)
  }
}
