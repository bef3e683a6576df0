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

  /// What a histogram does not hold: classes of names that are in none of its entries.
  package struct Omission: Hashable, Sendable {
    package var classCount: Int
    /// No name has more objects among them.
    package var largestCount: Int
    /// And none keeps more bytes alive.
    package var largestRetainedSize: UInt64

    package init(classCount: Int, largestCount: Int, largestRetainedSize: UInt64) {
      self.classCount = classCount
      self.largestCount = largestCount
      self.largestRetainedSize = largestRetainedSize
    }
  }

  /// Largest retained size first.
  package var entries: [Entry]
  /// Nil where all classes are there.
  package var omission: Omission?
  /// Plain objects of a shape that fewer have are in no class of their own; 0 where it is not known.
  package var leastShapeCount: Int
  /// Bytes of the whole heap.
  package var totalSize: UInt64

  package init(
    entries: [Entry],
    omission: Omission? = nil,
    leastShapeCount: Int = 0,
    totalSize: UInt64
  ) {
    self.entries = entries
    self.omission = omission
    self.leastShapeCount = leastShapeCount
    self.totalSize = totalSize
  }

  /// - Parameter limit: classes to keep, the largest; a heap of dictionaries can have a hundred
  ///   thousand. Those behind it whose name is kept are added to the first entry of their name.
  package init(_ heap: AnalyzedHeap, limit: Int = .max) {
    entries = heap.classes.prefix(limit).map {
      Entry(
        key: $0.key,
        name: $0.name,
        count: $0.count,
        selfSize: $0.selfSize,
        retainedSize: $0.retainedSize
      )
    }
    leastShapeCount = heap.leastShapeCount
    totalSize = heap.statistics.total
    takeIn(heap.classes.dropFirst(limit))
  }

  private mutating func takeIn(_ others: ArraySlice<ClassRow>) {
    guard !others.isEmpty else { return }
    let firstOfName = Dictionary(entries.indices.map { (entries[$0].name, $0) }) { first, _ in
      first
    }
    var omitted: [String: (count: Int, retainedSize: UInt64)] = [:]
    var classCount = 0
    for row in others {
      if let index = firstOfName[row.name] {
        entries[index].count &+= row.count
        entries[index].selfSize &+= row.selfSize
        entries[index].retainedSize &+= row.retainedSize
      } else {
        classCount += 1
        omitted[row.name, default: (0, 0)].count &+= row.count
        omitted[row.name, default: (0, 0)].retainedSize &+= row.retainedSize
      }
    }
    guard classCount > 0 else { return }
    omission = Omission(
      classCount: classCount,
      largestCount: omitted.values.map(\.count).max() ?? 0,
      largestRetainedSize: omitted.values.map(\.retainedSize).max() ?? 0
    )
  }

  /// How many objects there can be of a name that none of the entries has.
  func mostObjects(ofMissing name: String) -> Int {
    let omitted = omission?.largestCount ?? 0
    // A shape can be there and too rare to be a class.
    return name.first == "{" ? max(omitted, leastShapeCount - 1, 0) : omitted
  }

  /// `leastShapeCount` of a heap of which all classes are known, and no more.
  package static func leastShapeCount(ofAll entries: [Entry]) -> Int {
    let plainObjects = entries.lazy.filter { $0.name == "Object" || $0.name.first == "{" }
    return ObjectShapes.leastCountOfDefinition(among: plainObjects.reduce(0) { $0 &+ $1.count })
  }

  /// Counts by name: where a class stands in its source differs between builds.
  var countsByName: [String: Int] {
    entries.reduce(into: [:]) { $0[$1.name, default: 0] &+= $1.count }
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
