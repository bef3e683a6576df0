internal import CFleetMessages

/// The stream cannot go on; the reason is for people.
///
/// A protocol major that the collector does not
/// speak is refused so; N − 1 is accepted.
package struct Refusal: FleetMessage {
  package var reason: String

  package init(reason: String = "") {
    self.reason = reason
  }
}

extension Refusal: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__refusal__init)

  init() {
    self.init(reason: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Refusal,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&reason, &raw.reason, "reason")
  }
}
