import Cryptography
import HeapModel
import SnapshotColumns

/// Blocks of columns as a fuzzer can change them: `kind u8 | length u16 | content` each, not packed.
///
/// They are framed here, and where they do not end in a closing block, one is added that counts
/// right: a fuzzer finds no digest and no zstd frame by itself, and so would never come further.
struct FuzzedColumns {
  private var blocks: [(kind: UInt32, content: UnsafeRawBufferPointer)] = []

  init(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while rest.count >= 3 {
      let start = rest.startIndex
      let length = Int(rest[start + 1]) | Int(rest[start + 2]) << 8
      let content = rest.dropFirst(3).prefix(length)
      blocks.append((UInt32(rest[start]), UnsafeRawBufferPointer(rebasing: content)))
      rest = rest.dropFirst(3 + content.count)
    }
  }

  func read(into receiver: any SnapshotRecordReceiver) throws {
    let counter = CountingReceiver(receiver)
    let limits = SnapshotColumnsLimits(
      rawByteCount: 1 << 20,
      rowCount: 1 << 16,
      stringByteCount: 1 << 14
    )
    let decoder = try SnapshotColumnsDecoder(limits: limits, receiver: counter)
    var digests = SHA256()
    var rawByteCount = 0
    func seal(_ kind: UInt32, _ content: some Collection<UInt8>) -> EncodedBlock {
      EncodedBlock(
        index: decoder.blockCount,
        kind: kind,
        rawByteCount: content.count,
        bytes: Self.frame(content)
      )
    }
    for block in blocks {
      let sealed = seal(block.kind, block.content)
      try decoder.consume(sealed)
      digests.update(sealed.digest.bytes)
      rawByteCount += block.content.count
    }
    if blocks.last?.kind != BlockKind.closing.rawValue {
      let content = Self.closing(
        blockCount: decoder.blockCount,
        rawByteCount: UInt64(rawByteCount),
        digest: digests.finish(),
        sectionCounts: counter.sectionCounts
      )
      try decoder.consume(seal(BlockKind.closing.rawValue, content))
    }
    try decoder.finish()
  }

  /// One frame of zstd with the content as it is (RFC 8878): a compressor for each input would take
  /// longer than all that reads it.
  private static func frame(_ content: some Collection<UInt8>) -> [UInt8] {
    precondition(content.count < 1 << 17, "a block of zstd has at most 128 KiB")
    var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    // One segment, no checksum, and its size in four bytes.
    frame.append(0xA0)
    frame.append(number: UInt32(content.count))
    // The last block, a raw one.
    let header = UInt32(content.count) << 3 | 1
    for byte in 0..<3 { frame.append(UInt8(truncatingIfNeeded: header >> (8 * byte))) }
    return frame + content
  }

  /// The content of the last block, by the words of `docs/formats/snapshot-columns.md`.
  private static func closing(
    blockCount: UInt32,
    rawByteCount: UInt64,
    digest: Digest,
    sectionCounts: [UInt64]
  ) -> [UInt8] {
    var piece: [UInt8] = []
    piece.append(number: blockCount)
    piece.append(number: rawByteCount)
    piece += digest.bytes
    piece.append(number: UInt16(truncatingIfNeeded: sectionCounts.count))
    for count in sectionCounts { piece.append(number: count) }
    var block: [UInt8] = [7]
    block.append(number: UInt32(piece.count))
    return block + piece
  }
}

/// Counts what each section has, as the closing block must say it.
///
/// Declared counts are cut: what they reserve is bounded, but the address sanitizer touches it.
private final class CountingReceiver: SnapshotRecordReceiver {
  private(set) var sectionCounts: [UInt64] = []
  private let receiver: any SnapshotRecordReceiver

  init(_ receiver: any SnapshotRecordReceiver) {
    self.receiver = receiver
  }

  func header(_ header: SnapshotHeader) throws(SnapshotError) {
    var header = header
    header.declaredNodeCount = header.declaredNodeCount.map { min($0, 1 << 12) }
    header.declaredEdgeCount = header.declaredEdgeCount.map { min($0, 1 << 12) }
    try receiver.header(header)
  }

  func section(_ section: SnapshotSection) throws(SnapshotError) {
    sectionCounts.append(0)
    try receiver.section(section)
  }

  func rows(_ batch: ColumnBatch) throws(SnapshotError) {
    sectionCounts[sectionCounts.count - 1] += UInt64(batch.rowCount)
    try receiver.rows(batch)
  }

  func strings(_ batch: StringBatch) throws(SnapshotError) {
    sectionCounts[sectionCounts.count - 1] += UInt64(batch.count)
    try receiver.strings(batch)
  }

  func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    sectionCounts[sectionCounts.count - 1] += UInt64(bytes.count)
    try receiver.raw(bytes)
  }

  func end() throws(SnapshotError) {
    try receiver.end()
  }
}

extension [UInt8] {
  fileprivate mutating func append<Number: FixedWidthInteger>(number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { self += $0 }
  }
}
