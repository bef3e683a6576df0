internal import HeapModel

/// Gathers the rows of a section until they are worth a piece, since columns compress better the
/// longer they are.
///
/// At most 2.6 MiB.
final class RowStage {
  private let columns: [FlatArray<Int64>]
  /// Rows of a piece: so many that it fits into a block whatever the values are.
  let rowLimit: Int
  private(set) var rowCount = 0

  init(columnCount: Int) {
    let byRoom = (ColumnsFormat.blockByteLimit - 1_024) / (8 * max(columnCount, 1))
    let rowLimit = min(ColumnsFormat.pieceRowLimit, byRoom)
    self.rowLimit = rowLimit
    columns = (0..<columnCount).map { _ in FlatArray(capacity: rowLimit) }
  }

  var room: Int { rowLimit - rowCount }

  /// Takes the rows of `range`, no more than there is room for.
  func append(_ batch: ColumnBatch, _ range: Range<Int>) {
    precondition(range.count <= room && batch.columnCount == columns.count)
    for (index, column) in columns.enumerated() {
      guard let start = batch.column(index).baseAddress else { continue }
      column.grow(by: range.count).update(from: start + range.lowerBound, count: range.count)
    }
    rowCount += range.count
  }

  /// How the rows will be written.
  func encodings() -> [ColumnEncoding] {
    var encodings = columns.map { ColumnEncoding(for: UnsafeBufferPointer($0.elements)) }
    // A piece says its number of rows by its bytes too, so that a few bytes cannot claim many.
    if encodings.allSatisfy({ $0.width == 0 }), encodings.isEmpty == false {
      encodings[0].width = 1
    }
    return encodings
  }

  /// Bytes of the piece with these encodings.
  func pieceByteCount(_ encodings: [ColumnEncoding]) -> Int {
    let bytesPerRow = encodings.reduce(0) { $0 + $1.width }
    return ColumnsFormat.pieceHeaderByteCount + 6 + encodings.count + bytesPerRow * rowCount
  }

  /// Appends the piece, and forgets the rows.
  func write(_ encodings: [ColumnEncoding], section: UInt16, to block: FlatArray<UInt8>) {
    block.appendPiece(.rows) {
      block.append(number: section)
      block.append(number: UInt32(rowCount))
      for encoding in encodings { block.append(encoding.descriptor) }
      for (column, encoding) in zip(columns, encodings) {
        encoding.write(column.elements, to: block.grow(by: encoding.width * rowCount))
      }
    }
    for column in columns { column.removeAll(keepingCapacity: rowLimit) }
    rowCount = 0
  }
}
