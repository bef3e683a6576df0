/// What a Map or a Set of a graph probably holds, though no edge of the engine's says so
/// (`CollectionPreview`).
package struct CollectionContents: Hashable, Sendable {
  /// The ordinal of the Map or the Set.
  package let node: UInt32
  package let entryCount: UInt64
  /// The classes of its first keys and values, most frequent first; names are indices into `names`.
  package let classes: [CollectionPreview.SeenClass]
}

/// Gathers the previews of a snapshot while its rows come.
struct CollectionTable {
  /// Far more than an agent asks for; further rows are passed over.
  private static let rowLimit = 4_096

  private struct Columns {
    let identifier: Int
    let entryCount: Int
    let name: Int
    let seenCount: Int
  }

  private var columns: Columns?
  private var previews: [CollectionPreview] = []
  private var rowCount = 0

  mutating func begin(_ section: SnapshotSection) throws(SnapshotError) {
    columns = Columns(
      identifier: try section.column(.identifier),
      entryCount: try section.column(.entryCount),
      name: try section.column(.name),
      seenCount: try section.column(.seenCount)
    )
  }

  /// Rows of one collection stand one behind the other.
  mutating func add(_ batch: ColumnBatch) throws(SnapshotError) {
    guard let columns else { return }
    for row in 0..<min(batch.rowCount, max(0, Self.rowLimit - rowCount)) {
      guard let name = UInt32(exactly: batch.column(columns.name)[row]),
        let count = UInt32(exactly: batch.column(columns.seenCount)[row]),
        let entryCount = UInt32(exactly: batch.column(columns.entryCount)[row])
      else { throw SnapshotError(.malformed, "a preview of a collection that is out of range") }
      let id = UInt64(bitPattern: batch.column(columns.identifier)[row])
      if previews.last?.objectID != id {
        let preview = CollectionPreview(objectID: id, entryCount: UInt64(entryCount), classes: [])
        previews.append(preview)
      }
      previews[previews.count - 1].classes.append(.init(name: name, count: count))
    }
    rowCount += batch.rowCount
  }

  /// What is known of the objects that are there.
  ///
  /// - Parameter gaps: given, what does not fit is left out, and said.
  /// - Throws: `malformed` for a class without a name.
  func contents(
    _ ordinals: IdentifierMap,
    nameCount: Int,
    _ gaps: GraphGaps?
  ) throws(SnapshotError) -> [CollectionContents] {
    var contents: [CollectionContents] = []
    for preview in previews {
      if let seen = preview.classes.first(where: { Int($0.name) >= nameCount }) {
        let text = "a preview with class name \(seen.name) of \(nameCount)"
        guard let gaps else { throw SnapshotError(.malformed, text) }
        gaps.misfit = SnapshotError(.malformed, text)
        continue
      }
      let node = ordinals[preview.objectID]
      guard node != IdentifierMap.absent else { continue }
      let classes = preview.classes.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
      contents.append(
        CollectionContents(node: node, entryCount: preview.entryCount, classes: classes)
      )
    }
    return contents
  }
}
