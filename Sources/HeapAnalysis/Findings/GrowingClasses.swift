internal import HeapModel

/// The classes whose counts grew in every step, for snapshots whose ids do not compare.
struct GrowingClasses {
  /// As `SeriesClasses` numbers them.
  private(set) var numbers: Set<UInt32> = []

  init(
    _ series: HeapSeries,
    _ classes: SeriesClasses,
    thresholds: GrowthThresholds,
    ranks: ClosedRange<ClassRank>
  ) {
    let last = series.last
    let ranking = ClassRanking(last, scripts: Scripts(last.graph))
    let totals = series.heaps.indices.map { classes.totals(in: $0) }
    for (number, node) in Self.firstObjects(last, classes) {
      let growth = GrowthContext.differences(totals.map { $0[Int(number)].count })
      let bytes = GrowthContext.differences(totals.map { Int(clamping: $0[Int(number)].size) })
      let rank = ranking.rank(of: node)
      let grown = bytes.map { UInt64(max($0, 0)) }
      guard ranks.contains(rank), thresholds.areMet(rank, objects: growth, bytes: grown) else {
        continue
      }
      numbers.insert(number)
    }
  }

  private static func firstObjects(
    _ heap: AnalyzedHeap,
    _ classes: SeriesClasses
  ) -> [UInt32: UInt32] {
    var first: [UInt32: UInt32] = [:]
    var isSeen = [Bool](repeating: false, count: heap.classCount)
    for node in 0..<UInt32(heap.graph.nodeCount) {
      let number = classes.number(of: node)
      guard !isSeen[Int(number)] else { continue }
      isSeen[Int(number)] = true
      first[number] = node
    }
    return first
  }
}
