internal import CFleetMessages

/// What the collector holds.
///
/// The sender goes on from here, whatever it believed before.
package struct UploadPosition: FleetMessage {
  package var nextIndex: UInt32
  package var nextOffset: UInt64
  package var committed: Bool
  /// False: the message changed nothing, because it did not follow on from here.
  package var accepted: Bool

  package init(
    nextIndex: UInt32 = 0,
    nextOffset: UInt64 = 0,
    committed: Bool = false,
    accepted: Bool = false
  ) {
    self.nextIndex = nextIndex
    self.nextOffset = nextOffset
    self.committed = committed
    self.accepted = accepted
  }
}

extension UploadPosition: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__upload_position__init)

  init() {
    self.init(nextIndex: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__UploadPosition,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&nextIndex, &raw.next_index)
    fields.value(&nextOffset, &raw.next_offset)
    fields.flag(&committed, &raw.committed)
    fields.flag(&accepted, &raw.accepted)
  }
}
