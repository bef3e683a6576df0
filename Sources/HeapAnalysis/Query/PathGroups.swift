internal import HeapModel

/// Puts objects together that are held alike.
struct PathGroups {
  /// Changed when paths are written in another way, since their fingerprints change with it.
  private static let version = "retainer-path-2"

  struct Group {
    let key: Key
    var count = 0
    var selfSize: UInt64 = 0
    var retainedSize: UInt64 = 0
    var example: UInt32
    /// The end of the last member's subtree, as a position of the dominators' preorder: what stands
    /// before it is counted with that member.
    var countedUntil = 0
  }

  struct Key: Hashable {
    let origin: RetainerPath.Origin
    /// Of the tree without keys.
    let place: UInt32
  }

  private(set) var count = 0
  private(set) var selfSize: UInt64 = 0
  private(set) var pathlessCount = 0
  private(set) var pathlessSelfSize: UInt64 = 0
  /// What keeps most alive first, and last what only a debugger holds.
  private(set) var ranked: [Group] = []

  private let heap: AnalyzedHeap
  private let rootName: String?
  private var ways: KeylessWays

  init(_ forest: RetainerForest, _ isSelected: PooledArray<Bool>) {
    heap = forest.heap
    rootName = forest.rootName
    ways = KeylessWays(forest, isSelected)
    var groups: [Group] = []
    collect(isSelected, forest, &groups)
    ranked = groups.sorted { a, b in
      if (a.key.origin == .tooling) != (b.key.origin == .tooling) {
        return b.key.origin == .tooling
      }
      if a.retainedSize != b.retainedSize { return a.retainedSize > b.retainedSize }
      if a.count != b.count { return a.count > b.count }
      return heap.graph.nodeID[Int(a.example)] < heap.graph.nodeID[Int(b.example)]
    }
  }

  /// Adds all up, in the dominators' order, where each object stands before what it dominates.
  private mutating func collect(
    _ isSelected: PooledArray<Bool>,
    _ forest: RetainerForest,
    _ groups: inout [Group]
  ) {
    let dominators = heap.dominators
    let order = DominatorPreorder(dominators, pool: heap.pool)
    var indexOf: [Key: Int] = [:]
    for position in 0..<order.number.count {
      let number = Int(order.number.base[position])
      let node = dominators.vertex.base[number]
      guard isSelected.base[Int(node)], Int(node) < heap.graph.engineNodeCount else { continue }
      let size = heap.selfSize(of: node)
      count += 1
      selfSize &+= size
      guard let origin = forest.origin(of: node) else {
        pathlessCount += 1
        pathlessSelfSize &+= size
        continue
      }
      let key = Key(origin: origin, place: ways.place(of: node, origin))
      let index = indexOf[key] ?? groups.count
      if index == groups.count {
        indexOf[key] = index
        groups.append(Group(key: key, example: node))
      }
      groups[index].count += 1
      groups[index].selfSize &+= size
      if position >= groups[index].countedUntil {
        groups[index].retainedSize &+= dominators.retainedSize.base[number]
        groups[index].countedUntil = position + Int(dominators.subtreeCount.base[number])
      }
      if isBetterExample(node, groups[index].example) { groups[index].example = node }
    }
  }

  private func isBetterExample(_ node: UInt32, _ other: UInt32) -> Bool {
    let (size, known) = (heap.retainedSize(of: node), heap.retainedSize(of: other))
    if size != known { return size > known }
    return heap.graph.nodeID[Int(node)] < heap.graph.nodeID[Int(other)]
  }

  mutating func path(_ group: Group) -> PathSelection.Path {
    let (place, origin) = (group.key.place, group.key.origin)
    let root = origin == .engine ? rootName : nil
    var beginning = FingerprintDraft(finder: Self.version, engine: heap.graph.engine)
    if let root { beginning.add(root) }
    return PathSelection.Path(
      fingerprint: ways.fingerprint(place, origin, beginning: beginning),
      origin: origin,
      steps: [root].compactMap(\.self) + ways.steps(place, origin),
      count: group.count,
      selfSize: group.selfSize,
      retainedSize: group.retainedSize,
      exampleID: heap.graph.nodeID[Int(group.example)]
    )
  }
}
