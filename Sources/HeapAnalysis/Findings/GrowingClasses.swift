internal import HeapModel

/// The classes whose counts grew in every step, for snapshots whose ids do not compare.
struct GrowingClasses {
  /// By their numbers in the last heap.
  private(set) var numbers: Set<UInt32> = []

  init(_ series: HeapSeries, thresholds: GrowthThresholds, ranks: ClosedRange<ClassRank>) {
    let last = series.last
    let ranking = ClassRanking(last, scripts: Scripts(last.graph))
    let earlier = series.heaps.dropLast().map { heap in
      // Keys that differ in their bytes may be equal as texts.
      Dictionary(heap.classes.map { ($0.key, $0) }) { first, _ in first }
    }
    let firstOfClass = Self.firstObjects(last)
    for row in last.classes {
      let rows = earlier.map { $0[row.key] } + [row]
      let counts = rows.map { $0?.count ?? 0 }
      let growth = GrowthContext.differences(counts)
      let bytes = GrowthContext.differences(rows.map { Int(clamping: $0?.selfSize ?? 0) })
      guard let number = last.classNumber(ofKey: row.key), let node = firstOfClass[number] else {
        continue
      }
      let rank = ranking.rank(of: node)
      let grown = bytes.map { UInt64(max($0, 0)) }
      guard ranks.contains(rank), thresholds.areMet(rank, objects: growth, bytes: grown) else {
        continue
      }
      numbers.insert(number)
    }
  }

  private static func firstObjects(_ heap: AnalyzedHeap) -> [UInt32: UInt32] {
    var first: [UInt32: UInt32] = [:]
    var isSeen = [Bool](repeating: false, count: heap.classCount)
    for node in 0..<heap.graph.nodeCount {
      let number = heap.classNumber(of: node)
      guard !isSeen[Int(number)] else { continue }
      isSeen[Int(number)] = true
      first[number] = UInt32(node)
    }
    return first
  }
}
