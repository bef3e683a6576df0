internal import HeapModel

/// Sorts the new objects of a heap by who holds them.
///
/// Each new object belongs to its nearest older dominator: all of a leak hangs there, and what the
/// leaked objects drag along hangs with them. Storage of the engine between the two (a Map's
/// table, an array's elements) is looked through, also where it was made anew to hold more; and a
/// chain (a list whose older links dominate the newer) counts for what holds the chain.
/// Where no single object holds them, they are told apart by the class of the topmost; so are all
/// where ids do not hold, since a holder that is older cannot be told there.
struct GrowthGroups {
  /// How many links back a chain is recognised.
  private static let longestLink = 3

  private(set) var groups: [GrowthGroup] = []

  private let heap: AnalyzedHeap
  private let births: Births
  private let stepCount: Int
  private let sortsByHolder: Bool
  private let newSize: PooledArray<UInt64>
  private let globals: Set<UInt32>
  private let classes: SeriesClasses
  private var candidates: CandidateClasses

  /// The group of each holder or, without one, of each topmost class.
  private var groupOfPlace: [Place: Int] = [:]
  private var groupOfRawPlace: [UInt64: Int] = [:]
  /// By group and number of the key.
  private var candidateIndex: [UInt64: Int] = [:]
  /// Per key the end of the subtree that was counted last.
  private var closedUntil: [UInt32: Int] = [:]

  private enum Place: Hashable {
    case holder(UInt32)
    case rootBy(class: UInt32)
  }

  init(
    _ heap: AnalyzedHeap,
    classes: SeriesClasses,
    births: Births,
    stepCount: Int,
    sortsByHolder: Bool,
    preorder: DominatorPreorder,
    ranking: ClassRanking
  ) {
    self.heap = heap
    self.births = births
    self.stepCount = stepCount
    self.sortsByHolder = sortsByHolder
    newSize = Self.newSizes(heap, births)
    globals = RootRanking.globals(heap)
    self.classes = classes
    candidates = CandidateClasses(heap, classes, ranking: ranking)
    NewObjectPlaces(heap, births: births, preorder: preorder).forEach { add($0) }
  }

  // MARK: Sorting

  private mutating func add(_ place: NewObjectPlaces.Place) {
    let group = group(of: place)
    let step = Int(births.step.base[Int(place.node)]) - 1
    groups[group].bytesPerStep[step] &+= heap.selfSizes.base[Int(place.node)]
    guard let entry = candidates.candidate(of: place.node) else { return }
    let slot = UInt64(group) << 32 | UInt64(entry.number)
    let index = candidateIndex[slot] ?? groups[group].candidates.count
    if index == groups[group].candidates.count {
      candidateIndex[slot] = index
      groups[group].candidates.append(GrowthGroup.Candidate(entry, stepCount: stepCount))
    }
    groups[group].candidates[index].countPerStep[step] += 1
    groups[group].candidates[index].offer(place.node)

    // The topmost of a kind hold what is below the others.
    guard place.position >= closedUntil[entry.number, default: 0] else { return }
    let subtree = heap.dominators.subtreeCount.base[Int(place.number)]
    closedUntil[entry.number] = place.position + Int(subtree)
    groups[group].candidates[index].heldSize &+= newSize.base[Int(place.number)]
  }

  private mutating func group(of place: NewObjectPlaces.Place) -> Int {
    let anchor = place.anchor
    let topClass = classes.number(of: heap.dominators.vertex[Int(place.top)])
    let raw = UInt64(anchor) << 32 | UInt64(topClass)
    if let known = groupOfRawPlace[raw] { return known }
    let holder = sortsByHolder ? holder(anchor: anchor, topClass: topClass) : nil
    let place = holder.map { Place.holder($0) } ?? .rootBy(class: topClass)
    let group = groupOfPlace[place] ?? groups.count
    if group == groups.count {
      groupOfPlace[place] = group
      groups.append(
        GrowthGroup(holder: holder, bytesPerStep: Array(repeating: 0, count: stepCount))
      )
    }
    groupOfRawPlace[raw] = group
    return group
  }

  /// The object that is to be named as the holder, nil for the root.
  private func holder(anchor: UInt32, topClass: UInt32) -> UInt32? {
    let tree = heap.dominators
    var number = anchor
    while number != 1 {
      let node = tree.vertex[Int(number)]
      if heap.isStorage(node) {
        number = tree.dominator[Int(number)]
      } else if let link = earlierLink(from: number, topClass) {
        number = link
      } else {
        return isRoot(node) ? nil : node
      }
    }
    return nil
  }

  /// Past the earlier links of a chain that objects of `topClass` make: number of what holds the
  /// nearest such link, at most three steps up.
  private func earlierLink(from number: UInt32, _ topClass: UInt32) -> UInt32? {
    let tree = heap.dominators
    var current = number
    for _ in 0..<Self.longestLink where current != 1 {
      let above = tree.dominator[Int(current)]
      if classes.number(of: tree.vertex[Int(current)]) == topClass { return above }
      current = above
    }
    return nil
  }

  /// Roots and global objects hold everything: as the holder of a leak they say nothing.
  private func isRoot(_ node: UInt32) -> Bool {
    heap.graph.nodeKind[Int(node)] == NodeKind.synthetic.rawValue
      || node == heap.graph.rootOrdinal || globals.contains(node)
  }

  /// For each number the bytes of new objects that it dominates, itself included.
  private static func newSizes(_ heap: AnalyzedHeap, _ births: Births) -> PooledArray<UInt64> {
    let tree = heap.dominators
    let sizes: PooledArray<UInt64> = heap.pool.array(repeating: 0, count: tree.vertex.count)
    for number in stride(from: tree.vertex.count - 1, to: 1, by: -1) {
      let node = Int(tree.vertex.base[number])
      if births.step.base[node] != 0 { sizes.base[number] &+= heap.selfSizes.base[node] }
      sizes.base[Int(tree.dominator.base[number])] &+= sizes.base[number]
    }
    return sizes
  }
}
