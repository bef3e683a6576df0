internal import HeapModel

/// The keys of a series' last heap by number, with their ranks, each worked out once.
struct CandidateClasses {
  struct Entry {
    let number: UInt32
    let key: CandidateKey
    let rank: ClassRank
    var isOfFramework = false
  }

  private let heap: AnalyzedHeap
  private let classes: SeriesClasses
  private let ranking: ClassRanking
  /// By class; nil once more for classes that name nothing.
  private var entryOfClass: [UInt32: Entry?] = [:]
  private var entryOfFunction: [CandidateKey: Entry] = [:]

  init(_ heap: AnalyzedHeap, _ classes: SeriesClasses, ranking: ClassRanking) {
    self.heap = heap
    self.classes = classes
    self.ranking = ranking
  }

  /// Nil for objects of the engine, which name no leak.
  mutating func candidate(of node: UInt32) -> Entry? {
    if let key = classes.functionKey(of: node) { return functionEntry(key) }
    let number = classes.number(of: node)
    if let known = entryOfClass[number] { return known }
    let rank = ranking.rank(of: node)
    let entry: Entry? =
      rank == .engine
      ? nil
      : Entry(
        number: number,
        key: .objects(class: number),
        rank: rank,
        isOfFramework: rank == .framework || rank == .shape && heap.isOfEffect(node)
      )
    entryOfClass[number] = .some(entry)
    return entry
  }

  private mutating func functionEntry(_ key: CandidateKey) -> Entry {
    if let known = entryOfFunction[key] { return known }
    let number = UInt32(heap.classCount + entryOfFunction.count)
    let entry = Entry(number: number, key: key, rank: .function)
    entryOfFunction[key] = entry
    return entry
  }
}
