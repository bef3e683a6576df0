internal import FleetProtocol
internal import HeapModel
internal import SnapshotColumns

extension CollectorClient {
  /// Fetches a snapshot's blocks, checks them, and hands on what is in them.
  ///
  /// - Parameters:
  ///   - id: all 32 digits.
  ///   - blocks: takes each block as it came.
  ///   - progress: told how many bytes came.
  /// - Throws: where a block is damaged or missing: what was received is then of no use.
  func readSnapshot(
    _ id: String,
    into receiver: any SnapshotRecordReceiver,
    blocks: (EncodedBlock) throws -> Void = { _ in },
    progress: (UInt64) -> Void
  ) async throws {
    let decoder = try SnapshotColumnsDecoder(receiver: receiver)
    var received: UInt64 = 0
    let request = ReadBlocksRequest(snapshotID: id)
    do {
      try await follow(FleetMethods.Queries.readBlocks, request) { block in
        let block = EncodedBlock(
          index: block.index,
          kind: block.kind,
          rawByteCount: Int(block.rawSize),
          bytes: block.payload
        )
        try decoder.consume(block)
        try blocks(block)
        received += UInt64(block.bytes.count)
        progress(received)
      }
      try decoder.finish()
    } catch let error as SnapshotError {
      throw ClientError("snapshot \(ShortID.text(id)): \(error)")
    }
  }
}
