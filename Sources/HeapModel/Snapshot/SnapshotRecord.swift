/// The one stream that snapshot readers emit and that columns, graphs and writers consume.
///
/// Order: `header`, then for each section `section` followed by its `rows`, `strings` or `raw`
/// pieces, and `end` last. Batches are borrowed: a receiver copies what it keeps before it
/// returns. A receiver that throws ends the stream.
package protocol SnapshotRecordReceiver: AnyObject {
  func header(_ header: SnapshotHeader) throws(SnapshotError)
  func section(_ section: SnapshotSection) throws(SnapshotError)
  func rows(_ batch: ColumnBatch) throws(SnapshotError)
  func strings(_ batch: StringBatch) throws(SnapshotError)
  /// The next piece of a section that is kept as text.
  func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError)
  func end() throws(SnapshotError)
}

/// Some rows of the current table, column by column.
///
/// Values are signed 64-bit whatever the engine's width: a batch of `maximumRowCount` rows stays
/// in the near cache, so width costs little and no stage needs a variant per width.
@usableFromInline package struct ColumnBatch {
  /// Rows in one batch at most.
  @inlinable package static var maximumRowCount: Int { 2_048 }

  @usableFromInline package let rowCount: Int
  @usableFromInline package let columnCount: Int
  /// Column `c` is `base[c * stride ..< c * stride + rowCount]`.
  @usableFromInline package let base: UnsafePointer<Int64>
  @usableFromInline package let stride: Int

  package init(base: UnsafePointer<Int64>, stride: Int, rowCount: Int, columnCount: Int) {
    self.base = base
    self.stride = stride
    self.rowCount = rowCount
    self.columnCount = columnCount
  }

  /// The first rows of this batch.
  package func prefix(_ count: Int) -> ColumnBatch {
    let rowCount = Swift.max(0, Swift.min(count, self.rowCount))
    return ColumnBatch(base: base, stride: stride, rowCount: rowCount, columnCount: columnCount)
  }

  @inlinable package func column(_ index: Int) -> UnsafeBufferPointer<Int64> {
    precondition(index >= 0 && index < columnCount)
    return UnsafeBufferPointer(start: base + index &* stride, count: rowCount)
  }
}

/// Some strings of the current table, in order, as WTF-8 (engine text can hold lone surrogates).
@usableFromInline package struct StringBatch {
  /// The number of the first of these strings in its table.
  @usableFromInline package let firstIndex: Int
  /// String `i` is `bytes[offsets[i] ..< offsets[i + 1]]`; one more offset than strings.
  @usableFromInline package let offsets: UnsafeBufferPointer<UInt32>
  @usableFromInline package let bytes: UnsafeRawBufferPointer

  package init(firstIndex: Int, offsets: UnsafeBufferPointer<UInt32>, bytes: UnsafeRawBufferPointer)
  {
    self.firstIndex = firstIndex
    self.offsets = offsets
    self.bytes = bytes
  }

  @inlinable package var count: Int { max(offsets.count - 1, 0) }
}
