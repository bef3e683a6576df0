/// What decoding a snapshot may cost.
///
/// Each is a ceiling; nothing is allocated for it beforehand.
package struct SnapshotColumnsLimits: Hashable, Sendable {
  /// Bytes of all blocks before compression.
  package var rawByteCount: UInt64
  /// Rows of one section.
  package var rowCount: UInt64
  /// Bytes of one string.
  ///
  /// A decoder holds one whole string.
  package var stringByteCount: Int

  package init(
    rawByteCount: UInt64 = 64 << 30,
    rowCount: UInt64 = 1 << 34,
    stringByteCount: Int = 16 << 20
  ) {
    self.rawByteCount = rawByteCount
    self.rowCount = rowCount
    self.stringByteCount = stringByteCount
  }
}
