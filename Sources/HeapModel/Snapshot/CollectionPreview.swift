/// What an inspector shows of a Map or a Set whose contents its snapshots leave out: how many entries
/// it has, and of which classes the first of them are.
///
/// An estimate: what comes behind the first entries was not looked at. No key and no value is in it.
package struct CollectionPreview: Hashable, Sendable {
  /// A class among the keys and values that were shown.
  package struct SeenClass: Hashable, Sendable {
    /// The number of its name among the snapshot's names of nodes.
    package var name: UInt32
    /// How many keys and values were of it.
    package var count: UInt32

    package init(name: UInt32, count: UInt32) {
      self.name = name
      self.count = count
    }
  }

  /// The id of the Map or the Set in the snapshot.
  package var objectID: UInt64
  package var entryCount: UInt64
  package var classes: [SeenClass]

  package init(objectID: UInt64, entryCount: UInt64, classes: [SeenClass]) {
    self.objectID = objectID
    self.entryCount = entryCount
    self.classes = classes
  }
}

extension SnapshotSection {
  /// Previews of Maps and Sets: a row for each class that was seen in each of them.
  ///
  /// No engine writes it; the agent puts it behind what the engine wrote.
  package static let collections = SnapshotSection(
    name: "retinueCollections",
    content: .rows,
    role: .collections,
    fields: [
      SnapshotField(name: "id", role: .identifier),
      SnapshotField(name: "entryCount", role: .entryCount),
      SnapshotField(name: "classNameIndex", role: .name),
      SnapshotField(name: "seenCount", role: .seenCount),
    ]
  )
}

extension SnapshotRecordReceiver {
  /// Takes previews as a section; none where there is nothing to tell.
  package func collections(_ previews: [CollectionPreview]) throws(SnapshotError) {
    guard previews.contains(where: { $0.classes.isEmpty == false }) else { return }
    let section = SnapshotSection.collections
    let rows = ColumnBatchBuilder(columnCount: section.fields.count)
    try self.section(section)
    for preview in previews {
      for seen in preview.classes {
        if rows.isFull {
          try self.rows(rows.batch)
          rows.rowCount = 0
        }
        rows.column(0)[rows.rowCount] = Int64(bitPattern: preview.objectID)
        rows.column(1)[rows.rowCount] = Int64(bitPattern: preview.entryCount)
        rows.column(2)[rows.rowCount] = Int64(seen.name)
        rows.column(3)[rows.rowCount] = Int64(seen.count)
        rows.rowCount += 1
      }
    }
    try self.rows(rows.batch)
  }
}
