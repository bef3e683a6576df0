internal import Cryptography
internal import HeapModel

/// What the last block says: how much there was, and the digest of all blocks before it.
struct ClosingPiece: Hashable {
  /// Blocks before this one.
  var blockCount: UInt32
  /// Their bytes before compression.
  var rawByteCount: UInt64
  /// Rows, strings or bytes of each section, in their order.
  var sectionCounts: [UInt64]
  /// SHA-256 over the SHA-256 of each block's bytes, in order.
  var digest: Digest

  func append(to block: FlatArray<UInt8>) {
    block.appendPiece(.closing) {
      block.append(number: blockCount)
      block.append(number: rawByteCount)
      block.append(bytes: digest.bytes)
      block.append(number: UInt16(sectionCounts.count))
      for count in sectionCounts { block.append(number: count) }
    }
  }

  init(blockCount: UInt32, rawByteCount: UInt64, sectionCounts: [UInt64], digest: Digest) {
    self.blockCount = blockCount
    self.rawByteCount = rawByteCount
    self.sectionCounts = sectionCounts
    self.digest = digest
  }

  init(_ reader: inout PieceReader) throws(SnapshotError) {
    blockCount = try reader.number()
    rawByteCount = try reader.number()
    guard let digest = Digest(bytes: Array(try reader.take(Digest.byteCount))) else {
      throw reader.malformed("no digest")
    }
    self.digest = digest
    sectionCounts = []
    let count: UInt16 = try reader.number()
    for _ in 0..<count { sectionCounts.append(try reader.number()) }
    try reader.expectEnd()
  }
}
