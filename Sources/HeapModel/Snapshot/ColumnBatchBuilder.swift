/// Gathers rows of a table until they make a batch; owns the memory that its batches lend.
package final class ColumnBatchBuilder {
  package let columnCount: Int
  /// Column `c` is `base[c * ColumnBatch.maximumRowCount ...]`.
  ///
  /// Rows from `rowCount` on are the caller's to fill.
  package let base: UnsafeMutablePointer<Int64>
  package var rowCount = 0

  package init(columnCount: Int) {
    self.columnCount = columnCount
    self.base = .allocate(capacity: max(columnCount, 1) * ColumnBatch.maximumRowCount)
  }

  deinit {
    base.deallocate()
  }

  package var isFull: Bool { rowCount == ColumnBatch.maximumRowCount }

  package func column(_ index: Int) -> UnsafeMutablePointer<Int64> {
    precondition(index >= 0 && index < columnCount)
    return base + index * ColumnBatch.maximumRowCount
  }

  /// The rows so far, valid until the next one is written.
  package var batch: ColumnBatch {
    ColumnBatch(
      base: UnsafePointer(base),
      stride: ColumnBatch.maximumRowCount,
      rowCount: rowCount,
      columnCount: columnCount
    )
  }
}
