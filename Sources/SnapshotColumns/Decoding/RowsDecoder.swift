internal import HeapModel

/// Reads pieces of rows into batches.
struct RowsDecoder {
  let number: UInt16
  private let section: SnapshotSection
  private let rows: ColumnBatchBuilder

  init(number: UInt16, section: SnapshotSection) {
    self.number = number
    self.section = section
    rows = ColumnBatchBuilder(columnCount: section.fields.count)
  }

  /// Reads a piece behind its section number, and answers how many rows it had.
  func read(
    _ piece: inout PieceReader,
    into receiver: any SnapshotRecordReceiver
  ) throws(SnapshotError) -> Int {
    let rowCount = Int(try piece.number(UInt32.self))
    guard rowCount <= ColumnsFormat.pieceRowLimit else {
      throw piece.tooLarge("\(rowCount) rows in one piece")
    }
    let columns = try self.columns(&piece, rowCount: rowCount)
    try piece.expectEnd()

    var previous = columns.map { _ in Int64(0) }
    for row in stride(from: 0, to: rowCount, by: ColumnBatch.maximumRowCount) {
      let count = min(ColumnBatch.maximumRowCount, rowCount - row)
      for (index, column) in columns.enumerated() {
        column.encoding.read(
          column.planes,
          rowCount: rowCount,
          from: row,
          count: count,
          previous: &previous[index],
          into: rows.column(index)
        )
      }
      rows.rowCount = count
      try receiver.rows(rows.batch)
    }
    return rowCount
  }

  private func columns(
    _ piece: inout PieceReader,
    rowCount: Int
  ) throws(SnapshotError) -> [(encoding: ColumnEncoding, planes: UnsafeRawBufferPointer)] {
    var encodings: [ColumnEncoding] = []
    for _ in section.fields { encodings.append(try piece.encoding()) }
    guard encodings.contains(where: { $0.width > 0 }) else {
      throw piece.malformed("rows without bytes")
    }
    var columns: [(ColumnEncoding, UnsafeRawBufferPointer)] = []
    for encoding in encodings {
      columns.append((encoding, try piece.take(encoding.width * rowCount)))
    }
    return columns
  }
}

extension PieceReader {
  mutating func encoding() throws(SnapshotError) -> ColumnEncoding {
    let descriptor: UInt8 = try number()
    guard let encoding = ColumnEncoding(descriptor: descriptor) else {
      throw malformed("a column of form \(descriptor)")
    }
    return encoding
  }
}
