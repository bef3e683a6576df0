internal import CFleetMessages

/// Everything up to and including `sequence` is committed to the collector's store.
package struct Acknowledgement: FleetMessage {
  package var sequence: UInt64

  package init(sequence: UInt64 = 0) {
    self.sequence = sequence
  }
}

extension Acknowledgement: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__acknowledgement__init)

  init() {
    self.init(sequence: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Acknowledgement,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&sequence, &raw.sequence)
  }
}
