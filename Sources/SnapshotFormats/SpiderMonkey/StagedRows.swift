internal import HeapModel

/// Rows of a table that wait until there are enough of them for a section of their own.
///
/// The format has nodes and edges in turns, record streams have one table after the other: so
/// tables come in parts, and the parts are large enough to cost nothing.
struct StagedRows {
  private let columnCount: Int
  private let batchLimit: Int
  /// As many as were needed so far: a small snapshot touches little memory.
  private var batches: [ColumnBatchBuilder]
  private var currentIndex = 0
  /// Where column `c` of the next row is: `place[c * ColumnBatchBuilder.stride]`, to be filled
  /// before `endRow`.
  private(set) var place: UnsafeMutablePointer<Int64>
  /// Rows that fit into the current batch; kept here, so that a row touches no object.
  private var room = ColumnBatch.maximumRowCount
  /// Whether no other row fits.
  private(set) var isFull = false

  /// - Parameter batchCount: how many batches of 2,048 rows there is room for
  init(columnCount: Int, batchCount: Int) {
    self.columnCount = columnCount
    batchLimit = max(batchCount, 1)
    let first = ColumnBatchBuilder(columnCount: columnCount)
    batches = [first]
    place = first.base
  }

  var isEmpty: Bool { currentIndex == 0 && room == ColumnBatch.maximumRowCount }

  @inline(__always)
  mutating func endRow() {
    place += 1
    room &-= 1
    if room == 0 { takeNext() }
  }

  private mutating func takeNext() {
    guard currentIndex + 1 < batchLimit else {
      isFull = true
      return
    }
    currentIndex += 1
    if currentIndex == batches.count {
      batches.append(ColumnBatchBuilder(columnCount: columnCount))
    }
    place = batches[currentIndex].base
    room = ColumnBatch.maximumRowCount
  }

  /// Hands on all rows; those that the receiver refuses are gone as well.
  mutating func flush(to receiver: any SnapshotRecordReceiver) throws(SnapshotError) {
    let (last, lastCount) = (currentIndex, ColumnBatch.maximumRowCount - room)
    currentIndex = 0
    place = batches[0].base
    room = ColumnBatch.maximumRowCount
    isFull = false
    for index in 0...last {
      let batch = batches[index]
      batch.rowCount = index < last ? ColumnBatch.maximumRowCount : lastCount
      if batch.rowCount > 0 { try receiver.rows(batch.batch) }
    }
  }
}
