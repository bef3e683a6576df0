internal import CFleetMessages

/// What was lost for one reason.
package struct Drop: FleetMessage {
  /// A word for programs: spoolFull, spoolAge, ….
  package var reason: String
  package var count: UInt64
  package var bytes: UInt64

  package init(
    reason: String = "",
    count: UInt64 = 0,
    bytes: UInt64 = 0
  ) {
    self.reason = reason
    self.count = count
    self.bytes = bytes
  }
}

extension Drop: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__drop__init)

  init() {
    self.init(reason: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Drop,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&reason, &raw.reason, "reason")
    fields.value(&count, &raw.count)
    fields.value(&bytes, &raw.bytes)
  }
}
