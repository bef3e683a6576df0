internal import CPrefetch
internal import HeapModel

/// How far each object is from the roots, and which objects the page owns.
///
/// Two breadth-first walks, as in DevTools: from the user roots (the page's global objects, at
/// distance 1), then from the root, whose own distance is `systemDistance` so that what only the
/// engine reaches stands far behind. Filters leave out references that say nothing about why an
/// object lives (facts 5.6). "Page-owned" is what the global objects reach without those filters
/// (facts 5.3): when both start from the same objects, it is the first walk plus what its filters
/// held back, and costs no walk of its own.
struct DistanceWalk {
  static let unreachable: Int32 = -5
  static let systemDistance: Int32 = 100_000_000

  private static let lookAhead = (node: 16, row: 8)

  let graph: HeapGraph
  let roles: NameRoles
  let links: Links
  let flags: PooledArray<UInt8>
  let distance: PooledArray<Int32>
  private let queue: PooledArray<UInt32>
  private let userRoots: [UInt32]
  private let pageRoots: [UInt32]
  /// Targets that a filter held back in the first walk.
  private var heldBack: [UInt32] = []
  /// WeakMap pairs of which one reference was met.
  private var isPairMet: [Bool]
  /// Whether the page owns some objects and not others, so that later walks must ask.
  private(set) var hasPageBoundary = false

  init(survey: HeapSurvey, starts: WalkStarts, pool: MemoryPool) {
    graph = survey.graph
    roles = survey.roles
    links = survey.links
    flags = survey.flags
    userRoots = starts.userRoots
    pageRoots = starts.pageRoots
    distance = pool.array(repeating: Self.unreachable, count: graph.nodeCount)
    queue = pool.array(count: graph.nodeCount + userRoots.count + 1)
    isPairMet = Array(repeating: false, count: roles.weakMapPairCount)
  }

  mutating func run() {
    let isByProduct = Set(userRoots) == Set(pageRoots)
    if !isByProduct { markPage(from: pageRoots) }

    let mark = isByProduct ? NodeFlags.reached | NodeFlags.page : NodeFlags.reached
    var tail = 0
    for node in userRoots {
      distance[Int(node)] = 1
      flags[Int(node)] |= mark
      queue[tail] = node
      tail += 1
    }
    walk(from: tail, mark: mark)
    if isByProduct { markPage(from: heldBack) }
    hasPageBoundary = !pageRoots.isEmpty

    let root = Int(graph.rootOrdinal)
    distance[root] = userRoots.isEmpty ? 0 : Self.systemDistance
    flags[root] |= NodeFlags.reached
    queue[0] = graph.rootOrdinal
    walk(from: 1, mark: NodeFlags.reached)
  }

  /// Visits everything reachable from the first `count` objects of the queue.
  private mutating func walk(from count: Int, mark: UInt8) {
    let queue = self.queue.base
    let distance = self.distance.base
    let flags = self.flags.base
    let rowStart = links.rowStart.base
    let targets = links.targets
    let special = links.special
    var head = 0
    var tail = count
    while head < tail {
      if head &+ Self.lookAhead.node < tail {
        let later = Int(queue[head &+ Self.lookAhead.node])
        retinue_prefetch(rowStart + later)
        retinue_prefetch(distance + later)
        retinue_prefetch(targets + Int(rowStart[Int(queue[head &+ Self.lookAhead.row])]))
      }
      let node = Int(queue[head])
      head &+= 1
      let next = distance[node] &+ 1
      let isFiltered = flags[node] & NodeFlags.filtersDistances != 0
      var edge = Int(rowStart[node])
      let end = Int(rowStart[node &+ 1])
      while edge < end {
        let target = Int(targets[edge])
        if flags[target] & NodeFlags.reached == 0,
          !isFiltered && !special[edge] || follows(edge, of: node)
        {
          flags[target] |= mark
          distance[target] = next
          queue[tail] = UInt32(truncatingIfNeeded: target)
          tail &+= 1
        }
        edge &+= 1
      }
    }
  }

  /// Decides about a reference that needs a closer look, and remembers what a filter holds back.
  private mutating func follows(_ edge: Int, of node: Int) -> Bool {
    let kind = graph.edgeKind[edge]
    if kind == EdgeKind.weak.rawValue { return false }
    if passesFilter(edge, kind: kind, of: node) { return true }
    heldBack.append(graph.edgeTarget[edge])
    return false
  }

  private mutating func passesFilter(_ edge: Int, kind: UInt8, of node: Int) -> Bool {
    let isNamedByNumber = kind == EdgeKind.element.rawValue || kind == EdgeKind.hidden.rawValue
    let name = graph.edgeName[edge]
    if flags[node] & NodeFlags.filtersDistances != 0 {
      if graph.nodeKind[node] == NodeKind.array.rawValue {
        let index = isNamedByNumber ? Double(name) : leadingInteger(graph.names.utf8(Int(name)))
        guard let index else { return true }
        return index < 2 || index.truncatingRemainder(dividingBy: 3) != 1
      }
      if !isNamedByNumber, roles[name] == .sloppyFunctionMap { return false }
    }
    guard kind == EdgeKind.internal.rawValue, let pair = roles.weakMapPair(name) else {
      return true
    }
    isPairMet[Int(pair.pair)].toggle()
    return !isPairMet[Int(pair.pair)]
  }

  /// Marks everything reachable from `starts` over references that are not weak.
  private func markPage(from starts: [UInt32]) {
    var stack: [UInt32] = []
    for node in starts where flags[Int(node)] & NodeFlags.page == 0 {
      flags[Int(node)] |= NodeFlags.page
      stack.append(node)
    }
    let flags = self.flags.base
    let targets = links.targets
    let special = links.special
    while let node = stack.popLast() {
      for edge in Int(links.rowStart[Int(node)])..<Int(links.rowStart[Int(node) + 1]) {
        let target = Int(targets[edge])
        if flags[target] & NodeFlags.page == 0,
          !special[edge] || graph.edgeKind[edge] != EdgeKind.weak.rawValue
        {
          flags[target] |= NodeFlags.page
          stack.append(UInt32(target))
        }
      }
    }
  }
}

/// What JavaScript's `parseInt(text, 10)` gives, nil for "not a number".
///
/// Of the first 1,024 bytes, which are more digits than a number has: it is asked again for each
/// reference of a name.
func leadingInteger(_ name: UnsafeBufferPointer<UInt8>) -> Double? {
  let text = UnsafeBufferPointer(rebasing: name.prefix(1_024))
  var index = 0
  while index < text.count, [9, 10, 11, 12, 13, 32].contains(text[index]) { index += 1 }
  var sign = 1.0
  if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
    if text[index] == UInt8(ascii: "-") { sign = -1 }
    index += 1
  }
  let firstDigit = index
  var value = 0.0
  while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
    value = value * 10 + Double(text[index] &- UInt8(ascii: "0"))
    index += 1
  }
  return index > firstDigit ? sign * value : nil
}
