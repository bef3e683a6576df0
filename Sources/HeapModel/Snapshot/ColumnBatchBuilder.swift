/// Gathers rows of a table until they make a batch; owns the memory that its batches lend.
@usableFromInline package final class ColumnBatchBuilder {
  /// From one column to the next: not a power of two, so that the columns of a row do not compete
  /// for one line of the near cache.
  @inlinable package static var stride: Int { ColumnBatch.maximumRowCount + 40 }

  @usableFromInline package let columnCount: Int
  /// Column `c` is `base[c * stride ...]`.
  ///
  /// Rows from `rowCount` on are the caller's to fill.
  @usableFromInline package let base: UnsafeMutablePointer<Int64>
  @exclusivity(unchecked) @usableFromInline package var rowCount = 0

  package init(columnCount: Int) {
    self.columnCount = columnCount
    self.base = .allocate(capacity: max(columnCount, 1) * Self.stride)
  }

  deinit {
    base.deallocate()
  }

  @inlinable package var isFull: Bool { rowCount == ColumnBatch.maximumRowCount }

  @inlinable package func column(_ index: Int) -> UnsafeMutablePointer<Int64> {
    precondition(index >= 0 && index < columnCount)
    return base + index * Self.stride
  }

  /// The rows so far, valid until the next one is written.
  package var batch: ColumnBatch {
    ColumnBatch(
      base: UnsafePointer(base),
      stride: Self.stride,
      rowCount: rowCount,
      columnCount: columnCount
    )
  }
}
