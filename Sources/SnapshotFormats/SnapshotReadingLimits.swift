/// What a snapshot may cost its reader.
///
/// Each is a ceiling; nothing is allocated for it beforehand.
package struct SnapshotReadingLimits: Hashable, Sendable {
  /// Bytes of text.
  package var byteCount: UInt64
  package var nodeCount: UInt64
  package var edgeCount: UInt64
  /// Bytes of one string, unescaped.
  ///
  /// A reader holds one whole string.
  package var stringByteCount: Int
  /// Strings in a table of which a reader keeps something: four bytes each (SpiderMonkey).
  package var stringCount: Int
  /// Bytes of the engine's header, which is held whole.
  package var headerByteCount: Int
  /// Containers inside one another in a section that is kept as text.
  package var depth: Int

  package init(
    byteCount: UInt64 = 64 << 30,
    nodeCount: UInt64 = 1 << 31,
    edgeCount: UInt64 = 1 << 34,
    stringByteCount: Int = 16 << 20,
    stringCount: Int = 1 << 26,
    headerByteCount: Int = 1 << 18,
    depth: Int = 1_024
  ) {
    self.byteCount = byteCount
    self.nodeCount = nodeCount
    self.edgeCount = edgeCount
    self.stringByteCount = stringByteCount
    self.stringCount = stringCount
    self.headerByteCount = headerByteCount
    self.depth = depth
  }
}
