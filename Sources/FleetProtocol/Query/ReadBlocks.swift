internal import CFleetMessages

/// Asks for the blocks of a snapshot as they were uploaded.
package struct ReadBlocksRequest: FleetMessage {
  package var snapshotID: String
  package var fromIndex: UInt32

  package init(
    snapshotID: String,
    fromIndex: UInt32 = 0
  ) {
    self.snapshotID = snapshotID
    self.fromIndex = fromIndex
  }
}

extension ReadBlocksRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__read_blocks_request__init)

  init() {
    self.init(snapshotID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ReadBlocksRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&snapshotID, &raw.snapshot_id, "snapshot_id")
    fields.value(&fromIndex, &raw.from_index)
  }
}
