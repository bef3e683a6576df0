package import HeapModel

/// Which objects' retainer paths are asked for, and which page of the paths.
package struct PathQuery: Hashable, Sendable {
  /// All must hold of an object.
  package var conditions: [ObjectCondition]
  /// How many paths of the answer are left out at its beginning.
  package var offset: Int
  package var limit: Int

  package init(_ conditions: [ObjectCondition], offset: Int = 0, limit: Int = 100) {
    self.conditions = conditions
    self.offset = max(offset, 0)
    self.limit = max(limit, 0)
  }
}

/// How the objects of a query are held.
package struct PathSelection: Hashable, Sendable {
  /// Objects that are held alike.
  package struct Path: Hashable, Sendable {
    /// Equal for this path in every process, build and week, per engine: 32 hexadecimal digits.
    package let fingerprint: String
    package let origin: RetainerPath.Origin
    /// From the root to the object, each as people read it; of more than 63 the two ends, and one
    /// between them that says how many are left out.
    package let steps: [String]
    package let count: Int
    package let selfSize: UInt64
    /// Bytes that these objects keep alive together, each counted once.
    package let retainedSize: UInt64
    /// The object of them that keeps most alive.
    package let exampleID: UInt64
  }

  /// Whose heap it is.
  package let engine: HeapEngine
  /// How many objects were found, all of which were looked at.
  package let count: Int
  package let selfSize: UInt64
  /// Bytes that they keep alive together, each counted once.
  package let retainedSize: UInt64
  /// How many of them no reference leads to that keeps alive, and their own bytes.
  package let pathlessCount: Int
  package let pathlessSelfSize: UInt64
  /// How many different paths there are.
  package let pathCount: Int
  /// The paths asked for; what keeps most alive first, and last what only a debugger holds.
  package private(set) var page: [Path]

  /// The same with a part of its page.
  package func page(dropFirst count: Int, limit: Int) -> Self {
    var part = self
    part.page = Array(page.dropFirst(count).prefix(limit))
    return part
  }
}

extension AnalyzedHeap {
  /// The shortest retainer paths of all objects that fulfil the conditions, put together where they
  /// differ in ids, indexes, counts and keys only.
  ///
  /// Time of a few walks over the heap however many objects there are, and memory for about 40 bytes
  /// an object of the heap and some hundred for each way that differs. Of more than
  /// `LabelTree.mostPlaces` ways the others are one, which says so.
  ///
  /// - Throws: where an id is of no object, or the engine cannot tell.
  package func paths(_ query: PathQuery) throws(QueryError) -> PathSelection {
    let isSelected = try objects(fulfilling: query.conditions)
    var groups = PathGroups(RetainerForest(self), isSelected)
    let page = groups.ranked.dropFirst(query.offset).prefix(query.limit)
    return PathSelection(
      engine: graph.engine,
      count: groups.count,
      selfSize: groups.selfSize,
      retainedSize: retainedSize(ofAll: isSelected),
      pathlessCount: groups.pathlessCount,
      pathlessSelfSize: groups.pathlessSelfSize,
      pathCount: groups.ranked.count,
      page: page.map { groups.path($0) }
    )
  }
}
