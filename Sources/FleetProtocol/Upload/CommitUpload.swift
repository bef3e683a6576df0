internal import CFleetMessages
package import HeapModel

/// The end of an upload: what it was in whole.
package struct CommitUpload: FleetMessage {
  package var uploadID: String
  package var blockCount: UInt32
  package var rawSize: UInt64
  /// Over the blocks' own digests, in order; 32 bytes.
  package var sha256: [UInt8]
  /// False: cut short, kept as incomplete, never analysed.
  package var complete: Bool
  /// Why it is not complete: agent_restarted, target_gone, ….
  package var reason: String
  package var nodeCount: UInt64
  package var edgeCount: UInt64
  /// Bytes of the engine's own text.
  package var textBytes: UInt64
  package var endedAt: UnixNanoseconds
  package var epoch: IdentityEpoch?
  /// How long the target stood still.
  package var pauseNanoseconds: UInt64

  package init(
    uploadID: String,
    blockCount: UInt32 = 0,
    rawSize: UInt64 = 0,
    sha256: [UInt8],
    complete: Bool = false,
    reason: String = "",
    nodeCount: UInt64 = 0,
    edgeCount: UInt64 = 0,
    textBytes: UInt64 = 0,
    endedAt: UnixNanoseconds = 0,
    epoch: IdentityEpoch? = nil,
    pauseNanoseconds: UInt64 = 0
  ) {
    self.uploadID = uploadID
    self.blockCount = blockCount
    self.rawSize = rawSize
    self.sha256 = sha256
    self.complete = complete
    self.reason = reason
    self.nodeCount = nodeCount
    self.edgeCount = edgeCount
    self.textBytes = textBytes
    self.endedAt = endedAt
    self.epoch = epoch
    self.pauseNanoseconds = pauseNanoseconds
  }
}

extension CommitUpload: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__commit_upload__init)

  init() {
    self.init(uploadID: "", sha256: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CommitUpload,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&uploadID, &raw.upload_id, "upload_id")
    fields.value(&blockCount, &raw.block_count)
    fields.value(&rawSize, &raw.raw_size)
    try fields.digest(&sha256, &raw.sha256, "sha256")
    fields.flag(&complete, &raw.complete)
    try fields.text(&reason, &raw.reason, "reason")
    fields.value(&nodeCount, &raw.node_count)
    fields.value(&edgeCount, &raw.edge_count)
    fields.value(&textBytes, &raw.text_bytes)
    fields.value(&endedAt, &raw.ended_unix_nanos)
    try fields.message(&epoch, &raw.epoch)
    fields.value(&pauseNanoseconds, &raw.pause_nanos)
  }
}
