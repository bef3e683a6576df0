internal import CFleetMessages

/// One block of a snapshot, as it was uploaded.
package struct Block: FleetMessage {
  package var index: UInt32
  package var kind: UInt32
  package var rawSize: UInt32
  package var payload: [UInt8]

  package init(
    index: UInt32 = 0,
    kind: UInt32 = 0,
    rawSize: UInt32 = 0,
    payload: [UInt8]
  ) {
    self.index = index
    self.kind = kind
    self.rawSize = rawSize
    self.payload = payload
  }
}

extension Block: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__block__init)

  init() {
    self.init(payload: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Block,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&index, &raw.index)
    fields.value(&kind, &raw.kind)
    try fields.value(&rawSize, &raw.raw_size, "raw_size", maximum: FleetLimits.block)
    try fields.bytes(&payload, &raw.payload, "payload", maximum: FleetLimits.payload)
  }
}

extension Block: PayloadMessage {
  /// As `encoded()`, without copying the payload.
  package func encodedInPieces() -> FleetPieces {
    pieces()
  }

  static func attach(_ payload: ProtobufCBinaryData, to raw: inout Retinue__Fleet__V1__Block) {
    raw.payload = payload
  }
}
