internal import HeapModel

/// Takes objects away from a selection of all, condition by condition.
struct ObjectFilter {
  /// Per object.
  let isSelected: PooledArray<Bool>
  private let heap: AnalyzedHeap

  init(_ heap: AnalyzedHeap) {
    self.heap = heap
    isSelected = heap.pool.array(repeating: true, count: heap.graph.nodeCount)
  }

  /// Names are asked for last, of what the other conditions leave: an engine may not tell some.
  func keep(_ conditions: [ObjectCondition]) throws(QueryError) {
    for condition in conditions where !condition.isOfNames { try keep(condition) }
    guard conditions.contains(where: \.isOfNames) else { return }
    try heap.checkNames(of: isSelected)
    for condition in conditions where condition.isOfNames { try keep(condition) }
  }

  private func keep(_ condition: ObjectCondition) throws(QueryError) {
    switch condition {
    case .className(let pattern, let isWanted):
      let isOfClass = classes(pattern)
      keep { isOfClass[Int(heap.classNumber(of: Int($0)))] == isWanted }
    case .name(let pattern, let isWanted):
      keep { matches(pattern, $0) == isWanted }
    case .property(let name):
      let names = Set(heap.graph.names.numbers(of: name))
      keep { names.isEmpty == false && hasProperty($0, names) }
    case .kind(let kind):
      try heap.checkKind(kind)
      keep { heap.graph.nodeKind[Int($0)] == kind.rawValue }
    case .selfSize(let range):
      keep { range.contains(heap.selfSize(of: $0)) }
    case .retainedSize(let range):
      keep { range.contains(heap.retainedSize(of: $0)) }
    case .distance(let range):
      keep { range.contains(heap.distance(of: $0)) }
    case .detached(let isWanted):
      try heap.checkDetachedness()
      keep { heap.detachedState.isLetGo($0) == isWanted }
    case .allocatedAfter(let id):
      try checkOrderOfIDs()
      keep { heap.graph.nodeID[Int($0)] > id }
    case .allocatedUntil(let id):
      try checkOrderOfIDs()
      keep { heap.graph.nodeID[Int($0)] <= id }
    case .dominatedBy(let choice):
      let isBelow = objectsBelow(try chosen(choice))
      keep { isBelow[Int($0)] }
    case .filter(let filter):
      let isShown = try heap.objects(shownBy: filter)
      keep { isShown.base[Int($0)] }
    case .retainedThrough(let choice):
      let isHeld = try objectsHeld(by: chosen(choice))
      keep { isHeld[Int($0)] }
    }
  }

  private func checkOrderOfIDs() throws(QueryError) {
    guard heap.graph.engine == .v8 else {
      throw QueryError("only V8 gives out ids in the order in which objects are allocated")
    }
  }

  private func keep(where holds: (UInt32) -> Bool) {
    for node in 0..<isSelected.count where isSelected.base[node] {
      isSelected.base[node] = holds(UInt32(node))
    }
  }

  /// By class number.
  private func classes(_ pattern: NamePattern) -> [Bool] {
    (0..<heap.classCount).map { pattern.matches(heap.assignment.name(UInt32($0))) }
  }

  private func matches(_ pattern: NamePattern, _ node: UInt32) -> Bool {
    if heap.detachedState.isDetached(node) { return pattern.matches(heap.name(of: node)) }
    return pattern.matches(heap.graph.names.utf8(Int(heap.graph.nodeName[Int(node)])))
  }

  private func hasProperty(_ node: UInt32, _ names: Set<UInt32>) -> Bool {
    let graph = heap.graph
    let edges = Int(graph.firstEdge[Int(node)])..<Int(graph.firstEdge[Int(node) + 1])
    return edges.contains { edge in
      graph.edgeKind[edge] == EdgeKind.property.rawValue && names.contains(graph.edgeName[edge])
    }
  }

  // MARK: Objects that others are held by

  private func chosen(_ choice: ObjectChoice) throws(QueryError) -> PooledArray<Bool> {
    let isChosen: PooledArray<Bool> = heap.pool.array(
      repeating: false,
      count: heap.graph.nodeCount
    )
    switch choice {
    case .id(let id):
      guard let node = heap.graph.nodeID.elements.firstIndex(of: id) else {
        throw QueryError("no object of this heap has the id @\(id)")
      }
      isChosen[node] = true
    case .className(let pattern):
      let isOfClass = classes(pattern)
      for node in 0..<isChosen.count {
        isChosen.base[node] = isOfClass[Int(heap.classNumber(of: node))]
      }
    }
    return isChosen
  }

  /// All that one of the chosen dominates, itself not included.
  private func objectsBelow(_ isChosen: PooledArray<Bool>) -> PooledArray<Bool> {
    let tree = heap.dominators
    let isBelow: PooledArray<Bool> = heap.pool.array(repeating: false, count: isChosen.count)
    // A dominator stands before what it dominates.
    for number in 2..<max(tree.vertex.count, 2) {
      let above = Int(tree.vertex.base[Int(tree.dominator.base[number])])
      isBelow.base[Int(tree.vertex.base[number])] = isChosen.base[above] || isBelow.base[above]
    }
    return isBelow
  }

  /// All that the root reaches, but not without the chosen, which are not included.
  private func objectsHeld(by isChosen: PooledArray<Bool>) -> PooledArray<Bool> {
    let walk = KeptAlive(heap)
    let isReached = walk.reachable { _ in false }
    let isReachedOtherwise = walk.reachable { isChosen.base[$0] }
    for node in 0..<isReached.count where isReachedOtherwise.base[node] || isChosen.base[node] {
      isReached.base[node] = false
    }
    return isReached
  }
}

/// What the root keeps alive, over the references that count for dominators.
private struct KeptAlive {
  private let heap: AnalyzedHeap
  private let graph: HeapGraph

  init(_ heap: AnalyzedHeap) {
    self.heap = heap
    graph = heap.graph
  }

  func reachable(avoiding isAvoided: (Int) -> Bool) -> PooledArray<Bool> {
    let isReached: PooledArray<Bool> = heap.pool.array(repeating: false, count: graph.nodeCount)
    var stack = GrowingArray<UInt32>(capacity: 1 << 12, pool: heap.pool)
    var top = 1
    stack.append(graph.rootOrdinal)
    isReached[Int(graph.rootOrdinal)] = true
    while top > 0 {
      top -= 1
      let node = Int(stack.storage.base[top])
      let edges = Int(graph.firstEdge[node])..<Int(graph.firstEdge[node + 1])
      stack.reserveAbove(top, edges.count)
      for edge in edges {
        let target = Int(graph.edgeTarget[edge])
        guard !isReached.base[target], keepsAlive(edge, of: node), !isAvoided(target) else {
          continue
        }
        isReached.base[target] = true
        stack.storage.base[top] = UInt32(target)
        top += 1
      }
    }
    return isReached
  }

  private func keepsAlive(_ edge: Int, of node: Int) -> Bool {
    switch EdgeKind(rawValue: graph.edgeKind[edge]) {
    case .weak: return false
    case .shortcut: return node == Int(graph.rootOrdinal)
    case .internal:
      // Of the two references of a WeakMap's pair the key's counts.
      let pair = heap.roles.weakMapPair(graph.edgeName[edge])
      return pair.map { $0.tableID != graph.nodeID[node] } ?? true
    default: return true
    }
  }
}

extension ObjectCondition {
  fileprivate var isOfNames: Bool {
    if case .name = self { true } else { false }
  }
}

extension StringTable {
  /// The numbers of all strings that are this text.
  fileprivate func numbers(of text: String) -> [UInt32] {
    let wanted = Array(text.utf8)
    return (0..<count).filter { utf8($0).elementsEqual(wanted) }.map { UInt32($0) }
  }
}
