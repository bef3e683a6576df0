internal import HeapModel

/// A Map or a Set whose contents the snapshot leaves out, and of which the engine's inspector has shown
/// the first entries.
///
/// An estimate: nothing is known of the entries behind them.
package struct ShownCollection: Hashable, Sendable {
  /// How many of the keys and values that were shown are of a class, called as in the class table.
  package struct SeenClass: Hashable, Sendable {
    package let name: String
    package let count: UInt32
  }

  package let ordinal: UInt32
  package let id: UInt64
  package let className: String
  package let entryCount: UInt64
  /// Most frequent first.
  package let classes: [SeenClass]
}

extension AnalyzedHeap {
  /// Those with most entries first; empty where the snapshot itself tells what collections hold.
  package var shownCollections: [ShownCollection] {
    graph.collections.map { collection in
      ShownCollection(
        ordinal: collection.node,
        id: graph.nodeID[Int(collection.node)],
        className: className(of: collection.node),
        entryCount: collection.entryCount,
        classes: collection.classes.map { seen in
          let name = graph.names[Int(seen.name)]
          // An inspector calls strings by their engine's word. (Plain objects are `Object` here, whatever
          // shape the class table groups them by.)
          return .init(name: name == "string" ? "(string)" : name, count: seen.count)
        }
      )
    }
    .sorted { ($1.entryCount, $0.ordinal) < ($0.entryCount, $1.ordinal) }
  }
}
