package import HeapModel

/// Writes a snapshot's records as blocks of columns, while they come.
///
/// For the agent: holds no node and no edge, but at most 2.6 MiB of rows, 4 MiB of blocks, and two
/// bits for each string of V8's table, whatever the snapshot's size. Blocks are full where it can
/// be had, since smaller ones compress worse. The form is described in
/// `docs/formats/snapshot-columns.md`.
package final class SnapshotColumnsEncoder: SnapshotRecordReceiver {
  private let provenance: SnapshotProvenance
  private var sealer: BlockSealer
  /// The block that is being filled.
  private let block = FlatArray<UInt8>(capacity: ColumnsFormat.blockByteLimit)

  private var usage: StringUsage?
  private var section: SnapshotSection?
  private var sectionCounts: [UInt64] = []
  private var rowStage = RowStage(columnCount: 0)
  private var stringStage = StringStage()

  /// - Parameters:
  ///   - emit: called with each block in order; what it throws ends the encoding.
  /// - Throws: `unreadable` without memory.
  package init(
    provenance: SnapshotProvenance = SnapshotProvenance(),
    emit: @escaping (EncodedBlock) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    self.provenance = provenance
    sealer = try BlockSealer(emit: emit)
  }

  /// Nodes and edges so far, for whoever tells how far it has come.
  package private(set) var nodeCount: UInt64 = 0
  package private(set) var edgeCount: UInt64 = 0

  package func header(_ header: SnapshotHeader) throws(SnapshotError) {
    guard usage == nil else { throw SnapshotError(.malformed, "a second header") }
    HeaderPiece(header: header, provenance: provenance).append(to: block)
    guard block.count <= ColumnsFormat.blockByteLimit else {
      throw SnapshotError(.tooLarge, "a header of \(block.count) bytes")
    }
    try sealer.seal(.header, block)
    usage = StringUsage(header)
  }

  package func section(_ section: SnapshotSection) throws(SnapshotError) {
    guard usage != nil else { throw SnapshotError(.malformed, "a section before the header") }
    try endSection()
    guard sectionCounts.count < Int(UInt16.max) else {
      throw SnapshotError(.tooLarge, "more than 65,535 sections")
    }
    sectionCounts.append(0)
    try reserve(SectionPiece.byteCount(section))
    SectionPiece.append(section, number: sectionNumber, to: block)
    self.section = section
    switch section.content {
    case .rows:
      rowStage = RowStage(columnCount: section.fields.count)
    case .strings:
      // What stands in front of the strings leaves first: blocks go in the order of records.
      try sealTables()
      stringStage = StringStage()
    case .raw: break
    }
  }

  package func rows(_ batch: ColumnBatch) throws(SnapshotError) {
    guard let section, section.content == .rows, batch.columnCount == section.fields.count else {
      throw SnapshotError(.malformed, "rows that do not fit their section")
    }
    usage?.take(batch, of: section)
    count(batch.rowCount)
    var taken = 0
    while taken < batch.rowCount {
      let end = min(batch.rowCount, taken + rowStage.room)
      rowStage.append(batch, taken..<end)
      taken = end
      if rowStage.room == 0 { try writeRows() }
    }
    switch section.role {
    case .nodes: nodeCount += UInt64(batch.rowCount)
    case .edges: edgeCount += UInt64(batch.rowCount)
    default: break
    }
  }

  package func strings(_ batch: StringBatch) throws(SnapshotError) {
    guard let section, section.content == .strings else {
      throw SnapshotError(.malformed, "strings that do not fit their section")
    }
    count(batch.count)
    let usage = section.role == .names ? self.usage : nil
    for index in 0..<batch.count {
      let range = Int(batch.offsets[index])..<Int(batch.offsets[index + 1])
      let string = UnsafeRawBufferPointer(rebasing: batch.bytes[range])
      try add(string, isName: usage?.isName(stringStage.first + stringStage.count) ?? true)
    }
  }

  package func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    guard let section, section.content == .raw else {
      throw SnapshotError(.malformed, "text that does not fit its section")
    }
    count(bytes.count)
    var rest = bytes[...]
    while rest.isEmpty == false {
      try reserve(64)
      let room = ColumnsFormat.blockByteLimit - block.count - ColumnsFormat.pieceHeaderByteCount - 2
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(room))
      block.appendPiece(.text) {
        block.append(number: sectionNumber)
        block.append(raw: part)
      }
      rest = rest.dropFirst(part.count)
    }
  }

  package func end() throws(SnapshotError) {
    guard usage != nil else { throw SnapshotError(.truncated, "no header came") }
    try endSection()
    try sealTables()
    let closing = ClosingPiece(
      blockCount: sealer.blockCount,
      rawByteCount: sealer.rawByteCount,
      sectionCounts: sectionCounts,
      digest: sealer.takeDigest()
    )
    closing.append(to: block)
    try sealer.seal(.closing, block)
  }
}

extension SnapshotColumnsEncoder {
  private var sectionNumber: UInt16 { UInt16(sectionCounts.count - 1) }

  private func count(_ added: Int) {
    sectionCounts[sectionCounts.count - 1] += UInt64(added)
  }

  private func endSection() throws(SnapshotError) {
    switch section?.content {
    case .rows: try writeRows()
    case .strings: try takeOutStrings(isPartial: false)
    case .raw, nil: break
    }
    section = nil
  }

  private func writeRows() throws(SnapshotError) {
    guard rowStage.rowCount > 0 else { return }
    let encodings = rowStage.encodings()
    try reserve(rowStage.pieceByteCount(encodings))
    rowStage.write(encodings, section: sectionNumber, to: block)
  }

  private func add(
    _ string: UnsafeRawBufferPointer,
    isName: Bool
  ) throws(SnapshotError) {
    if stringStage.hasRoom(for: string.count) == false { try takeOutStrings(isPartial: false) }
    var rest = string[...]
    while rest.count > StringStage.partByteLimit {
      let part = rest.prefix(StringStage.partByteLimit)
      stringStage.append(UnsafeRawBufferPointer(rebasing: part), isName: isName)
      try takeOutStrings(isPartial: true)
      rest = rest.dropFirst(part.count)
    }
    stringStage.append(UnsafeRawBufferPointer(rebasing: rest), isName: isName)
  }

  private func takeOutStrings(isPartial: Bool) throws(SnapshotError) {
    let seal = { (kind: BlockKind) throws(SnapshotError) in
      try self.sealer.seal(kind, self.block)
    }
    try stringStage.takeOut(
      section: sectionNumber,
      isPartial: isPartial,
      through: block,
      seal
    )
  }

  /// Makes room for a piece, if need be by sealing the block.
  private func reserve(_ byteCount: Int) throws(SnapshotError) {
    if block.count + byteCount > ColumnsFormat.blockByteLimit { try sealTables() }
    guard byteCount <= ColumnsFormat.blockByteLimit else {
      throw SnapshotError(.tooLarge, "a piece of \(byteCount) bytes")
    }
  }

  private func sealTables() throws(SnapshotError) {
    guard block.count > 0 else { return }
    try sealer.seal(.tables, block)
  }
}
