internal import HeapModel

/// Snapshots of one process, in the order in which they were taken.
package struct HeapSeries: Sendable {
  /// Fewer cannot show that something grows on every step.
  package static let minimumCount = 3

  package let heaps: [AnalyzedHeap]
  /// Whether an id means the same object in all of them: one undisturbed series.
  package let areIDsComparable: Bool

  /// Nil for fewer than three heaps, or heaps of different engines.
  package init?(_ heaps: [AnalyzedHeap], areIDsComparable: Bool) {
    guard heaps.count >= Self.minimumCount, let first = heaps.first,
      heaps.allSatisfy({ $0.graph.engine == first.graph.engine })
    else { return nil }
    self.heaps = heaps
    self.areIDsComparable = areIDsComparable
  }

  package var stepCount: Int { heaps.count - 1 }
  var last: AnalyzedHeap { heaps[heaps.count - 1] }
}
