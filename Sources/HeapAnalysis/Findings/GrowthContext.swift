internal import HeapModel

/// What the rules look at: a series, and what was worked out about its growth, each once.
struct GrowthContext {
  let series: HeapSeries
  let thresholds: GrowthThresholds
  let isComparedByID: Bool
  let births: Births
  let groups: [GrowthGroup]
  let scripts: Scripts
  private let preorders: [Lazy<DominatorPreorder>]
  private let lazyForest: Lazy<RetainerForest>

  /// Paths, worked out when the first is asked for.
  var forest: RetainerForest { lazyForest.value }

  var last: AnalyzedHeap { series.last }

  /// By id.
  init(byID series: HeapSeries, thresholds: GrowthThresholds) {
    self.init(
      series,
      thresholds,
      isComparedByID: true,
      births: Births(byID: series, pool: series.last.pool)
    )
  }

  /// By class: those that grew in every step.
  init(byClass series: HeapSeries, growing: Set<UInt32>, thresholds: GrowthThresholds) {
    let births = Births(ofClasses: growing, in: series.last, pool: series.last.pool)
    self.init(series, thresholds, isComparedByID: false, births: births)
  }

  private init(
    _ series: HeapSeries,
    _ thresholds: GrowthThresholds,
    isComparedByID: Bool,
    births: Births
  ) {
    self.series = series
    self.thresholds = thresholds
    self.isComparedByID = isComparedByID
    self.births = births
    let last = series.last
    preorders = series.heaps.map { heap in
      Lazy { DominatorPreorder(heap.dominators, pool: heap.pool) }
    }
    scripts = Scripts(last.graph)
    groups =
      GrowthGroups(
        last,
        births: births,
        stepCount: series.stepCount,
        sortsByHolder: isComparedByID,
        preorder: preorders[preorders.count - 1].value,
        ranking: ClassRanking(last, scripts: scripts)
      ).groups
    lazyForest = Lazy { RetainerForest(last) }
  }

  /// How many more objects of a key there were after each step: below the holder, if it was there
  /// in every heap, else in the whole heap.
  func growth(of key: CandidateKey, _ rank: ClassRank, under holder: UInt32?) -> [Int] {
    let counters = series.heaps.map { CandidateCounter(key, in: $0) }
    let total = Self.differences(counters.map { $0.total() })
    guard isComparedByID, let holder, let holders = sameObject(holder) else { return total }
    let held = series.heaps.indices.map {
      counters[$0].count(under: holders[$0], preorders[$0].value)
    }
    let growth = Self.differences(held)
    // A few of them may be held in passing by something else; a class that the whole heap uses
    // has others besides.
    let isTotal = zip(growth, total).allSatisfy { abs($0 - $1) * 20 <= max($0, 0) }
    // Or the holder has come to hold those of earlier heaps too.
    let isAll = (held.last ?? 0) * 20 >= (counters.last?.total() ?? 0) * 19
    return (isTotal || isAll) && rank <= .library ? total : growth
  }

  /// The object with the same id in every heap.
  private func sameObject(_ node: UInt32) -> [UInt32]? {
    let id = last.graph.nodeID[Int(node)]
    let nodes = series.heaps.map { heap in
      heap.graph.nodeID.elements.firstIndex(of: id).map { UInt32($0) }
    }
    return nodes.contains(nil) ? nil : nodes.compactMap { $0 }
  }

  static func differences(_ counts: [Int]) -> [Int] {
    zip(counts.dropFirst(), counts).map { $0 - $1 }
  }
}

/// A value that is made when it is asked for, and once.
private final class Lazy<Value> {
  private let make: () -> Value
  private(set) lazy var value = make()

  init(_ make: @escaping () -> Value) {
    self.make = make
  }
}
