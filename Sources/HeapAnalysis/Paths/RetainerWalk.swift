internal import HeapModel

/// The breadth-first walk behind `RetainerForest`.
struct RetainerWalk {
  private let heap: AnalyzedHeap
  private let rounds: [RootRanking.Round]
  private let isHeldBack: PooledArray<Bool>
  private let isPending: PooledArray<Bool>
  let origin: PooledArray<UInt8>
  let depth: PooledArray<UInt32>
  private(set) var startOf: [UInt32: RootRanking.Start] = [:]
  /// When each target of a start was first reached.
  private var turnOf: [UInt32: Int] = [:]
  private let queue: PooledArray<UInt32>

  /// Pending objects that were met before their round.
  private var postponed: [UInt32] = []

  init(_ heap: AnalyzedHeap, _ ranking: RootRanking) {
    self.heap = heap
    rounds = ranking.rounds
    isHeldBack = ranking.isHeldBack
    isPending = ranking.isPending
    let count = heap.graph.nodeCount
    origin = heap.pool.array(repeating: 0, count: count)
    depth = heap.pool.array(repeating: 0, count: count)
    queue = heap.pool.array(count: count)
  }

  mutating func run() {
    origin[Int(heap.graph.rootOrdinal)] = RetainerPath.Origin.program.rawValue
    for round in rounds {
      var tail = 0
      for start in round.edges { begin(start, round.origin, &tail) }
      if round.origin == .pending {
        for node in postponed { reach(from: node, round.origin, depth: 1, &tail) }
      }
      spread(from: tail, round.origin)
    }
  }

  private mutating func begin(
    _ start: RootRanking.Start,
    _ origin: RetainerPath.Origin,
    _ tail: inout Int
  ) {
    let target = heap.graph.edgeTarget[start.edge]
    guard self.origin[Int(start.source)] != 0 else { return }
    if let earlier = startOf[target] {
      // Another start of the same round: the better name counts. Not out of what was itself reached
      // later, perhaps from here: such ways would never come to the root.
      guard self.origin[Int(target)] == origin.rawValue,
        turnOf[start.source, default: -1] < turnOf[target, default: -1],
        heap.graph.isBefore(UInt32(start.edge), UInt32(earlier.edge))
      else { return }
      startOf[target] = start
      return
    }
    guard self.origin[Int(target)] == 0 else { return }
    self.origin[Int(target)] = origin.rawValue
    depth[Int(target)] = 1
    startOf[target] = start
    turnOf[target] = turnOf.count
    queue[tail] = target
    tail += 1
  }

  private mutating func spread(from count: Int, _ origin: RetainerPath.Origin) {
    let isBeforePending = origin.rawValue < RetainerPath.Origin.pending.rawValue
    var tail = count
    var head = 0
    while head < tail {
      let node = queue.base[head]
      head += 1
      if isBeforePending, isPending.base[Int(node)] {
        postponed.append(node)
      } else {
        reach(from: node, origin, depth: depth.base[Int(node)] + 1, &tail)
      }
    }
  }

  @inline(__always)
  private func reach(
    from node: UInt32,
    _ origin: RetainerPath.Origin,
    depth next: UInt32,
    _ tail: inout Int
  ) {
    let targets = heap.graph.edgeTarget.elements
    let reached = self.origin.base
    forEachKeptEdge(of: node) { edge in
      let target = Int(targets[edge])
      guard reached[target] == 0 else { return }
      reached[target] = origin.rawValue
      depth.base[target] = next
      queue.base[tail] = UInt32(truncatingIfNeeded: target)
      tail += 1
    }
  }

  /// The references that keep their targets alive and are followed: not weak, not a shortcut, not
  /// what the engine counts though it is weak, and of a WeakMap pair's two only the key's.
  @inline(__always)
  private func forEachKeptEdge(of node: UInt32, _ body: (Int) -> Void) {
    guard !isHeldBack.base[Int(node)] else { return }
    let first = heap.graph.firstEdge.elements
    let kinds = heap.graph.edgeKind.elements
    for edge in Int(first[Int(node)])..<Int(first[Int(node) + 1]) {
      switch kinds[edge] {
      case EdgeKind.weak.rawValue, EdgeKind.shortcut.rawValue, EdgeKind.invisible.rawValue: continue
      case EdgeKind.internal.rawValue:
        let name = heap.graph.edgeName[edge]
        if heap.roles.role.base[Int(name)] == NameRole.weakMapPair.rawValue,
          heap.roles.weakMapPair(name)?.tableID == heap.graph.nodeID[Int(node)]
        {
          continue
        }
      default: break
      }
      body(edge)
    }
  }

  /// For each object the references that reach it as early as can be.
  func ways() -> (start: PooledArray<UInt32>, edges: PooledArray<UInt32>) {
    let count = heap.graph.nodeCount
    let targets = heap.graph.edgeTarget.elements
    let start: PooledArray<UInt32> = heap.pool.array(repeating: 0, count: count + 1)
    forEachWay { start.base[Int(targets[$0]) + 1] += 1 }
    for node in 0..<count { start.base[node + 1] += start.base[node] }
    let edges: PooledArray<UInt32> = heap.pool.array(count: Int(start[count]))
    forEachWay { edge in
      let target = Int(targets[edge])
      edges.base[Int(start.base[target])] = UInt32(truncatingIfNeeded: edge)
      start.base[target] += 1
    }
    // Each start has moved to its end: shift them back.
    for node in stride(from: count, to: 0, by: -1) { start.base[node] = start.base[node - 1] }
    start[0] = 0
    return (start, edges)
  }

  private func forEachWay(_ body: (Int) -> Void) {
    let targets = heap.graph.edgeTarget.elements
    for node in 0..<UInt32(heap.graph.nodeCount) where origin.base[Int(node)] != 0 {
      let own = origin.base[Int(node)]
      // A postponed object starts its round at depth zero.
      let isPostponed =
        isPending.base[Int(node)] && own < RetainerPath.Origin.pending.rawValue
      let round = isPostponed ? RetainerPath.Origin.pending.rawValue : own
      let next = isPostponed ? 1 : depth.base[Int(node)] + 1
      forEachKeptEdge(of: node) { edge in
        let target = Int(targets[edge])
        if origin.base[target] == round, depth.base[target] == next,
          startOf[UInt32(target)] == nil
        {
          body(edge)
        }
      }
    }
  }
}
