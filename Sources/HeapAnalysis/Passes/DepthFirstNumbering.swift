internal import CPrefetch
internal import HeapModel

/// What the dominator step needs of a heap, in depth-first numbers.
///
/// Arrays by number have one more element than there are objects; index 0 is unused.
struct NumberedHeap {
  /// How many numbers were given in walks; objects above hang on the root, held by nothing.
  let walkedCount: Int
  /// The number of each object.
  let number: PooledArray<UInt32>
  /// The object of each number.
  let vertex: PooledArray<UInt32>
  /// The number of each number's parent in the depth-first tree.
  let parent: PooledArray<UInt32>
  /// The smallest number of an ancestor that refers to each number's object.
  let firstPusher: PooledArray<UInt32>
  /// All references that lead to a smaller number, by target.
  let buckets: PairBuckets
}

/// Numbers the objects depth first from the root over the references that count for dominators,
/// and gathers what the dominator step needs of each reference, in the same walk.
///
/// Numbers start at 1 with the root; an object's subtree has the numbers after its own. References
/// fall in two sorts. One to an object without a number makes it a descendant, so for such an
/// object the smallest referring ancestor is whoever pushed it first: one number per object says
/// it all. One to an object that has a number goes, as a pair of numbers, into the bucket of its
/// target's number. The next step then works through 4,096 targets at a time, in near memory.
///
/// The stack is lazy: an object's references are read once, its targets pushed, and an entry whose
/// object has a number when it comes up again is stale. Depth-first order is kept, and no cursor.
struct DepthFirstNumbering {
  /// Set in `number` while an object is pushed: the other bits are then its first pusher's.
  private static let pushed: UInt32 = 1 << 31

  let graph: HeapGraph
  let roles: NameRoles
  let links: Links
  let flags: PooledArray<UInt8>
  private let hasPageBoundary: Bool
  /// Each object's number; 0 as long as nothing led to it.
  ///
  /// Alone, and not with the start of the object's references beside it in one word: of five
  /// references one is the first to its target, and only it asks for that start. Measured, either
  /// way takes the same time, and this one half the memory.
  private let number: PooledArray<UInt32>

  private let vertex: PooledArray<UInt32>
  private let parent: PooledArray<UInt32>
  private let firstPusher: PooledArray<UInt32>
  private var buckets: PairBuckets
  private var stack: GrowingArray<UInt64>
  private let pool: MemoryPool
  /// The number given last.
  private var lastNumber: UInt32 = 0

  init(survey: HeapSurvey, hasPageBoundary: Bool, pool: MemoryPool) {
    graph = survey.graph
    roles = survey.roles
    links = survey.links
    flags = survey.flags
    self.hasPageBoundary = hasPageBoundary
    self.pool = pool
    let count = survey.graph.nodeCount
    number = pool.array(repeating: 0, count: count)
    vertex = pool.array(count: count + 1)
    parent = pool.array(count: count + 1)
    firstPusher = pool.array(count: count + 1)
    buckets = PairBuckets(keyCount: count + 1, pairLimit: survey.graph.edgeCount, pool: pool)
    stack = GrowingArray(capacity: min(count, 1 << 16), pool: pool)
  }

  mutating func run() -> NumberedHeap {
    let nodeCount = graph.nodeCount
    vertex[0] = 0
    parent[0] = 0
    firstPusher[0] = 0
    walk(from: graph.rootOrdinal)
    if lastNumber < nodeCount { walkFromWeaklyHeld() }
    let walkedCount = Int(lastNumber)
    if lastNumber < nodeCount { numberTheRest() }
    return NumberedHeap(
      walkedCount: walkedCount,
      number: number,
      vertex: vertex,
      parent: parent,
      firstPusher: firstPusher,
      buckets: buckets
    )
  }

  /// An object that no counting reference leads to is treated as held by the root.
  private mutating func walkFromWeaklyHeld() {
    let isReferredTo: PooledArray<Bool> = pool.array(repeating: false, count: graph.nodeCount)
    for node in 0..<graph.nodeCount where number[node] == 0 {
      for edge in Int(links.rowStart[node])..<Int(links.rowStart[node + 1]) {
        let target = Int(links.targets[edge])
        if counts(edge, from: node, to: target) { isReferredTo[target] = true }
      }
    }
    for node in 0..<graph.nodeCount
    where !isReferredTo[node] && number[node] == 0 {
      walk(from: UInt32(node))
    }
  }

  /// What is left are cycles that nothing holds: each of their objects hangs on the root.
  private mutating func numberTheRest() {
    for node in 0..<graph.nodeCount where number[node] == 0 {
      lastNumber += 1
      number[node] = lastNumber
      vertex[Int(lastNumber)] = UInt32(node)
      parent[Int(lastNumber)] = 1
      firstPusher[Int(lastNumber)] = 1
    }
  }

  /// Whether a reference counts for dominators (facts 5.4).
  @inline(__always)
  private func counts(_ edge: Int, from node: Int, to target: Int) -> Bool {
    if links.special[edge], !countsThoughSpecial(edge, from: node, to: target) { return false }
    guard hasPageBoundary, node != Int(graph.rootOrdinal) else { return true }
    return flags.base[node] & NodeFlags.page != 0 || flags.base[target] & NodeFlags.page == 0
  }

  private func countsThoughSpecial(_ edge: Int, from node: Int, to target: Int) -> Bool {
    let kind = graph.edgeKind[edge]
    if kind == EdgeKind.weak.rawValue || node == target { return false }
    if kind == EdgeKind.shortcut.rawValue { return node == Int(graph.rootOrdinal) }
    if kind == EdgeKind.internal.rawValue, let pair = roles.weakMapPair(graph.edgeName[edge]) {
      return pair.tableID != graph.nodeID[node]
    }
    return true
  }

  /// Numbers what is reachable from `start`, which gets the root (number 1) as its parent.
  private mutating func walk(from start: UInt32) {
    let numbers = number.base
    let rowStart = links.rowStart.base
    let targets = links.targets
    let special = links.special
    let flags = self.flags.base
    let root = Int(graph.rootOrdinal)
    numbers[Int(start)] = Self.pushed | 1
    stack.append(UInt64(start) << 32 | 1)
    var top = stack.count
    var number = lastNumber

    while top > 0 {
      top &-= 1
      let entry = stack.storage.base[top]
      let node = Int(truncatingIfNeeded: entry >> 32)
      let state = numbers[node]
      if state & Self.pushed == 0 { continue }

      number &+= 1
      numbers[node] = number
      vertex.base[Int(number)] = UInt32(truncatingIfNeeded: node)
      parent.base[Int(number)] = UInt32(truncatingIfNeeded: entry)
      firstPusher.base[Int(number)] = state & ~Self.pushed

      var edge = Int(rowStart[node])
      let end = Int(rowStart[node &+ 1])
      stack.reserveAbove(top, end &- edge)
      let stackBase = stack.storage.base
      let excludesPage =
        hasPageBoundary && node != root && flags[node] & NodeFlags.page == 0
      while edge < end {
        let target = Int(targets[edge])
        if special[edge], !countsThoughSpecial(edge, from: node, to: target) {
          edge &+= 1
          continue
        }
        edge &+= 1
        if excludesPage, flags[target] & NodeFlags.page != 0 { continue }
        let state = numbers[target]
        if state != 0, state & Self.pushed == 0 {
          buckets.append(key: state, value: UInt64(number))
        } else {
          if state == 0 {
            numbers[target] = Self.pushed | number
            retinue_prefetch(targets + Int(rowStart[target]))
          }
          stackBase[top] = UInt64(truncatingIfNeeded: target) << 32 | UInt64(number)
          top &+= 1
        }
      }
    }
    stack.removeAll()
    lastNumber = number
  }
}
