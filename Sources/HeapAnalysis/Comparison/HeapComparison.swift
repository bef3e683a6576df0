/// What became more and what became less between two heaps, class by class.
package struct HeapComparison: Hashable, Sendable {
  /// Which way it went.
  package enum Method: String, Sendable, Hashable {
    /// Object by object, as DevTools compares: ids hold over both heaps.
    case byID
    /// By the counts of each class's name: ids do not hold, or the heaps are of two processes.
    case byClass
  }

  package struct Row: Hashable, Sendable {
    package let key: String
    package let name: String
    /// Objects that only the main heap has; by class, how many more there are.
    package let addedCount: Int
    /// Objects that only the base heap has; by class, how many fewer there are.
    package let removedCount: Int
    /// Bytes.
    package let addedSize: UInt64
    package let removedSize: UInt64
    /// Whether DevTools shows only some of the objects of this key: it lets kinds of objects with
    /// one key overwrite each other.
    package fileprivate(set) var isPartialInDevTools = false

    package var countDelta: Int { addedCount - removedCount }
    /// Bytes.
    package var sizeDelta: Int64 { Int64(clamping: addedSize) - Int64(clamping: removedSize) }
  }

  package let method: Method
  /// Why ids do not hold, as the end of a sentence; empty where they do, and where it was not for
  /// the comparison to find out.
  package let reasonAgainstIDs: String
  /// Classes without any difference are left out; the largest growth in bytes comes first.
  package let rows: [Row]

  /// Compares by id if ids hold over both heaps.
  ///
  /// Costs a pass over each heap, and 16 bytes per object while it runs.
  ///
  /// - Parameter areIDsComparable: nil looks at anchors (`ObjectIdentity`).
  package static func compare(
    base: AnalyzedHeap,
    main: AnalyzedHeap,
    areIDsComparable: Bool? = nil
  ) -> HeapComparison {
    let reason = areIDsComparable == nil ? ObjectIdentity.reasonAgainstIDs(base, main) : nil
    let byID = areIDsComparable ?? (reason == nil)
    let sums = byID ? ObjectDifferences(base: base, main: main).sums : classDifferences(base, main)
    // By class, sizes may differ where counts are equal.
    var rows = sums.values.map(\.row).filter {
      ($0.addedCount, $0.removedCount, $0.addedSize, $0.removedSize) != (0, 0, 0, 0)
    }
    // By class one row is of all classes of a name.
    let partial = Set(
      (base.classes + main.classes).filter(\.isPartialInDevTools).map { byID ? $0.key : $0.name }
    )
    for index in rows.indices where partial.contains(byID ? rows[index].key : rows[index].name) {
      rows[index].isPartialInDevTools = true
    }
    return HeapComparison(
      method: byID ? .byID : .byClass,
      reasonAgainstIDs: reason ?? "",
      rows: rows.sorted { ($1.sizeDelta, $0.key) < ($0.sizeDelta, $1.key) }
    )
  }

  private static func classDifferences(
    _ base: AnalyzedHeap,
    _ main: AnalyzedHeap
  ) -> [String: DifferenceSum] {
    var sums: [String: DifferenceSum] = [:]
    for (name, total) in NamedTotals(base, interfaces: main.interfaces).totals {
      sums[name, default: DifferenceSum(key: "," + name, name: name)].removed = total
    }
    for (name, total) in NamedTotals(main, interfaces: main.interfaces).totals {
      sums[name, default: DifferenceSum(key: "," + name, name: name)].added = total
    }
    return sums.mapValues(\.netted)
  }
}

/// Objects and bytes.
struct ObjectTotal: Hashable {
  var count = 0
  var size: UInt64 = 0
}

struct DifferenceSum {
  let key: String
  let name: String
  var added = ObjectTotal()
  var removed = ObjectTotal()

  init(key: String, name: String) {
    self.key = key
    self.name = name
  }

  var row: HeapComparison.Row {
    HeapComparison.Row(
      key: key,
      name: name,
      addedCount: added.count,
      removedCount: removed.count,
      addedSize: added.size,
      removedSize: removed.size
    )
  }

  /// With what both heaps have taken away.
  var netted: DifferenceSum {
    var result = self
    let count = min(added.count, removed.count)
    let size = min(added.size, removed.size)
    result.added.count -= count
    result.removed.count -= count
    result.added.size -= size
    result.removed.size -= size
    return result
  }
}

/// How many objects each class name has, wherever their classes stand.
private struct NamedTotals {
  private(set) var totals: [String: ObjectTotal] = [:]

  init(_ heap: AnalyzedHeap, interfaces: [InterfaceDefinition]) {
    let assignment = heap.assignment(grouping: interfaces)
    var sums = Array(repeating: ObjectTotal(), count: assignment.classes.count)
    for node in 0..<heap.selfSizes.count where heap.selfSizes.base[node] != 0 {
      let number = Int(assignment.classOf.base[node])
      sums[number].count += 1
      sums[number].size &+= heap.selfSizes.base[node]
    }
    for (number, sum) in sums.enumerated() where sum.count > 0 {
      let name = assignment.name(UInt32(number))
      totals[name, default: ObjectTotal()].count += sum.count
      totals[name, default: ObjectTotal()].size &+= sum.size
    }
  }
}
