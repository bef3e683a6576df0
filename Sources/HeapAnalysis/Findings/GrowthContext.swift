internal import HeapModel

/// What the rules look at: a series, and what was worked out about its growth, each once.
struct GrowthContext {
  let series: HeapSeries
  let thresholds: GrowthThresholds
  let isComparedByID: Bool
  let classes: SeriesClasses
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
      classes: SeriesClasses(series),
      births: Births(byID: series, pool: series.last.pool)
    )
  }

  /// By class: those that grew in every step.
  init(
    byClass series: HeapSeries,
    _ classes: SeriesClasses,
    growing: Set<UInt32>,
    thresholds: GrowthThresholds
  ) {
    self.init(
      series,
      thresholds,
      isComparedByID: false,
      classes: classes,
      births: Births(ofClasses: growing, classes, in: series.last, pool: series.last.pool)
    )
  }

  private init(
    _ series: HeapSeries,
    _ thresholds: GrowthThresholds,
    isComparedByID: Bool,
    classes: SeriesClasses,
    births: Births
  ) {
    self.series = series
    self.thresholds = thresholds
    self.isComparedByID = isComparedByID
    self.classes = classes
    self.births = births
    let last = series.last
    preorders = series.heaps.map { heap in
      Lazy { DominatorPreorder(heap.dominators, pool: heap.pool) }
    }
    scripts = Scripts(last.graph)
    groups =
      GrowthGroups(
        last,
        classes: classes,
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
    let counters = series.heaps.indices.map {
      CandidateCounter(key, in: $0, of: series, classes)
    }
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

  /// By id what came in each step; by class how much more the class kept alive, or what the functions
  /// hold in proportion to their growth, since of none is known when it came.
  func bytesPerStep(
    _ group: GrowthGroup,
    _ candidate: GrowthGroup.Candidate,
    growth: [Int]
  ) -> [UInt64] {
    guard !isComparedByID else { return group.bytesPerStep }
    guard case .objects(let number) = candidate.key else {
      let all = growth.reduce(0) { $0 + UInt64(max($1, 0)) }
      return growth.map { count in
        // At most all of them, so the quotient is no wider than the bytes.
        count > 0
          ? all.dividingFullWidth(group.byteCount.multipliedFullWidth(by: UInt64(count))).quotient
          : 0
      }
    }
    let retained = series.heaps.indices.map { heap in
      classes.retainedSize(ofClass: number, in: heap)
    }
    return zip(retained.dropFirst(), retained).map { $0 > $1 ? $0 - $1 : 0 }
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
