internal import Compression
internal import Cryptography
package import HeapModel

/// Reads the blocks of a snapshot, one by one as they arrive, and emits its records.
///
/// Trusts nothing: lengths, counts and the order of blocks are checked, inflating stops one byte
/// beyond the declared size, kinds of blocks and pieces that a later version may have are passed
/// over, and the digest must agree. An error names the block and the place in it. What rows mean
/// is checked by whoever receives them. Holds one block, and at most one more of strings.
package final class SnapshotColumnsDecoder {
  private enum Section {
    case rows(RowsDecoder)
    case strings(StringsDecoder)
    case text(number: UInt16)
  }

  private let receiver: any SnapshotRecordReceiver
  private let limits: SnapshotColumnsLimits
  private var decompressor: ZstdBlockDecompressor

  private var nextIndex: UInt32 = 0
  private var rawByteCount: UInt64 = 0
  private var digests = SHA256()
  private var section: Section?
  private var sectionCounts: [UInt64] = []
  private var isClosed = false

  /// What the agent added; nil before block 0.
  package private(set) var provenance: SnapshotProvenance?

  /// - Throws: `unreadable` without memory.
  package init(
    limits: SnapshotColumnsLimits = SnapshotColumnsLimits(),
    receiver: any SnapshotRecordReceiver
  ) throws(SnapshotError) {
    self.limits = limits
    self.receiver = receiver
    do throws(CompressionError) {
      decompressor = try ZstdBlockDecompressor()
    } catch {
      throw SnapshotError(compressing: error)
    }
  }

  /// Blocks read so far: the index of the next.
  package var blockCount: UInt32 { nextIndex }

  /// Reads the next block.
  ///
  /// - Throws: `malformed` with the block and the place in it; `tooLarge` beyond a limit; what the
  ///   receiver threw. The decoder is of no more use then.
  package func consume(_ block: EncodedBlock) throws(SnapshotError) {
    guard block.index == nextIndex else {
      throw SnapshotError(.malformed, "block \(block.index) came where \(nextIndex) was expected")
    }
    guard isClosed == false else {
      throw SnapshotError(.malformed, "block \(block.index) came behind the closing block")
    }
    let bytes = try inflate(block)
    try bytes.lend { (bytes: UnsafeRawBufferPointer) throws(SnapshotError) in
      try read(BlockKind(rawValue: block.kind), PieceReader(bytes, block: block.index))
    }
    digests.update(block.digest.bytes)
    rawByteCount += UInt64(block.rawByteCount)
    nextIndex += 1
  }

  /// No more blocks come.
  ///
  /// - Throws: `truncated` if the closing block has not come.
  package func finish() throws(SnapshotError) {
    guard isClosed else {
      throw SnapshotError(.truncated, "the snapshot ends behind \(nextIndex) blocks, unclosed")
    }
  }

  private func inflate(_ block: EncodedBlock) throws(SnapshotError) -> [UInt8] {
    guard block.rawByteCount >= 0, block.rawByteCount <= ColumnsFormat.blockByteLimit,
      rawByteCount + UInt64(block.rawByteCount) <= limits.rawByteCount
    else {
      let message = "block \(block.index) is of \(block.rawByteCount) bytes, beyond a limit"
      throw SnapshotError(.tooLarge, message)
    }
    do throws(CompressionError) {
      return try decompressor.decompress(block.bytes, exactSize: block.rawByteCount)
    } catch {
      let code: SnapshotError.Code = error.code == .outOfMemory ? .unreadable : .malformed
      throw SnapshotError(code, "block \(block.index): \(error.message)")
    }
  }

  private func read(_ kind: BlockKind?, _ pieces: PieceReader) throws(SnapshotError) {
    var pieces = pieces
    guard nextIndex > 0 || kind == .header else {
      throw pieces.malformed("the first block is not the header")
    }
    // A kind that we do not know is a later version's, and of no consequence to what we do.
    guard let kind else { return }
    while pieces.isEmpty == false {
      let number: UInt8 = try pieces.number()
      let length = Int(try pieces.number(UInt32.self))
      var piece = try pieces.piece(length)
      guard let pieceKind = PieceKind(rawValue: number) else { continue }
      guard pieceKind.blockKind == kind else {
        throw pieces.malformed("a piece of \(pieceKind) in a block of \(kind)")
      }
      try read(pieceKind, &piece)
    }
    guard provenance != nil else { throw pieces.malformed("the first block has no header") }
  }

  private func read(_ kind: PieceKind, _ piece: inout PieceReader) throws(SnapshotError) {
    if kind == .header {
      guard provenance == nil else { throw piece.malformed("a second header") }
      let header = try HeaderPiece(&piece)
      provenance = header.provenance
      try receiver.header(header.header)
      return
    }
    guard provenance != nil, isClosed == false else {
      throw piece.malformed("a piece before the header or behind the end")
    }
    switch kind {
    case .header: break
    case .section:
      try endSection(piece)
      try begin(SectionPiece.read(&piece), piece)
    case .rows, .text, .names, .values:
      try readContent(kind, &piece)
    case .closing:
      try endSection(piece)
      try close(ClosingPiece(&piece), piece)
    }
  }

  private func begin(
    _ declared: (number: UInt16, section: SnapshotSection),
    _ piece: PieceReader
  ) throws(SnapshotError) {
    guard Int(declared.number) == sectionCounts.count else {
      throw piece.malformed("section \(declared.number), expected \(sectionCounts.count)")
    }
    sectionCounts.append(0)
    section =
      switch declared.section.content {
      case .rows:
        .rows(RowsDecoder(number: declared.number, section: declared.section))
      case .strings:
        .strings(
          StringsDecoder(number: declared.number, stringByteLimit: limits.stringByteCount)
        )
      case .raw: .text(number: declared.number)
      }
    try receiver.section(declared.section)
  }

  private func readContent(
    _ kind: PieceKind,
    _ piece: inout PieceReader
  ) throws(SnapshotError) {
    let number: UInt16 = try piece.number()
    guard Int(number) == sectionCounts.count - 1 else {
      throw piece.malformed("a piece of section \(number) in section \(sectionCounts.count - 1)")
    }
    switch (section, kind) {
    case (.rows(let rows), .rows):
      sectionCounts[Int(number)] += UInt64(try rows.read(&piece, into: receiver))
      guard sectionCounts[Int(number)] <= limits.rowCount else {
        throw piece.tooLarge("more than \(limits.rowCount) rows")
      }
    case (.strings(let strings), .names), (.strings(let strings), .values):
      try strings.read(kind, &piece, into: receiver)
      sectionCounts[Int(number)] = UInt64(strings.count)
    case (.text, .text):
      let text = try piece.take(piece.remaining)
      sectionCounts[Int(number)] += UInt64(text.count)
      try receiver.raw(text)
    default:
      throw piece.malformed("a piece of \(kind) in a section of another content")
    }
  }

  private func endSection(_ piece: PieceReader) throws(SnapshotError) {
    if case .strings(let strings) = section, strings.isComplete == false {
      throw piece.malformed("half of some strings is missing")
    }
    section = nil
  }

  private func close(_ closing: ClosingPiece, _ piece: PieceReader) throws(SnapshotError) {
    var before = SHA256()
    swap(&before, &digests)
    guard closing.blockCount == nextIndex, closing.rawByteCount == rawByteCount,
      closing.sectionCounts == sectionCounts
    else { throw piece.malformed("the closing block counts otherwise than the blocks") }
    guard closing.digest == before.finish() else {
      throw piece.malformed("the digest is not that of the blocks")
    }
    isClosed = true
    try receiver.end()
  }
}
