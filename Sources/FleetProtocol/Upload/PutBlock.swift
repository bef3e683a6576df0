internal import CFleetMessages

/// One block of an upload.
package struct PutBlock: FleetMessage {
  package var uploadID: String
  /// From 0, without gaps.
  package var index: UInt32
  /// Sum of the raw sizes before it.
  package var offset: UInt64
  /// Bytes after inflating, at most 1 MiB.
  package var rawSize: UInt32
  /// Block kind of the format.
  package var kind: UInt32
  /// Of payload; 32 bytes.
  package var sha256: [UInt8]
  /// One zstd frame.
  package var payload: [UInt8]

  package init(
    uploadID: String,
    index: UInt32 = 0,
    offset: UInt64 = 0,
    rawSize: UInt32 = 0,
    kind: UInt32 = 0,
    sha256: [UInt8],
    payload: [UInt8]
  ) {
    self.uploadID = uploadID
    self.index = index
    self.offset = offset
    self.rawSize = rawSize
    self.kind = kind
    self.sha256 = sha256
    self.payload = payload
  }
}

extension PutBlock: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__put_block__init)

  init() {
    self.init(uploadID: "", sha256: [], payload: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__PutBlock,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&uploadID, &raw.upload_id, "upload_id")
    fields.value(&index, &raw.index)
    fields.value(&offset, &raw.offset)
    try fields.value(&rawSize, &raw.raw_size, "raw_size", maximum: FleetLimits.block)
    fields.value(&kind, &raw.kind)
    try fields.digest(&sha256, &raw.sha256, "sha256")
    try fields.bytes(&payload, &raw.payload, "payload", maximum: FleetLimits.payload)
  }
}

extension PutBlock: PayloadMessage {
  /// As `encoded()`, without copying the payload.
  package func encodedInPieces() -> FleetPieces {
    pieces()
  }

  static func attach(_ payload: ProtobufCBinaryData, to raw: inout Retinue__Fleet__V1__PutBlock) {
    raw.payload = payload
  }
}
