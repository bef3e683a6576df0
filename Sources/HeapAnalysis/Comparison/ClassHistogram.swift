/// The class table of one heap, small enough to keep for every snapshot of a fleet: what
/// comparisons of many instances need, without loading a graph.
package struct ClassHistogram: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    /// As in `ClassRow`; of use within one process only.
    package var key: String
    package var name: String
    package var count: Int
    /// Bytes.
    package var selfSize: UInt64
    package var retainedSize: UInt64

    package init(
      key: String,
      name: String,
      count: Int,
      selfSize: UInt64,
      retainedSize: UInt64
    ) {
      self.key = key
      self.name = name
      self.count = count
      self.selfSize = selfSize
      self.retainedSize = retainedSize
    }
  }

  /// Largest retained size first.
  package var entries: [Entry]
  /// How many smaller classes were left out.
  package var omittedCount: Int
  /// Bytes of the whole heap.
  package var totalSize: UInt64

  package init(entries: [Entry], omittedCount: Int = 0, totalSize: UInt64) {
    self.entries = entries
    self.omittedCount = omittedCount
    self.totalSize = totalSize
  }

  /// - Parameter limit: classes to keep; a heap of dictionaries can have a hundred thousand.
  package init(_ heap: AnalyzedHeap, limit: Int = 2_000) {
    entries = heap.classes.prefix(limit).map {
      Entry(
        key: $0.key,
        name: $0.name,
        count: $0.count,
        selfSize: $0.selfSize,
        retainedSize: $0.retainedSize
      )
    }
    omittedCount = max(heap.classes.count - limit, 0)
    totalSize = heap.statistics.total
  }

  /// Counts by name: where a class stands in its source differs between builds.
  var countsByName: [String: Int] {
    entries.reduce(into: [:]) { $0[$1.name, default: 0] += $1.count }
  }

  var sizesByName: [String: UInt64] {
    entries.reduce(into: [:]) { $0[$1.name, default: 0] &+= $1.retainedSize }
  }

  /// With the sizes of the objects themselves.
  var selfTotalsByName: [String: ObjectTotal] {
    entries.reduce(into: [:]) { totals, entry in
      totals[entry.name, default: ObjectTotal()].count &+= entry.count
      totals[entry.name, default: ObjectTotal()].size &+= entry.selfSize
    }
  }
}
