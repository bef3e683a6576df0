import HeapModel

/// DevTools' rules (facts 5) written down as they are said, without a thought for speed: what the
/// analysis is checked against on small heaps.
struct SlowAnalysis {
  let graph: HeapGraph
  private(set) var isDetached: [Bool]
  private(set) var selfSizes: [UInt64] = []
  private(set) var distances: [Int32] = []
  private(set) var dominators: [Int] = []
  private(set) var retainedSizes: [UInt64] = []
  /// The context of each object; nil for none, −1 for several.
  private(set) var contexts: [Int?] = []

  init(_ graph: HeapGraph) {
    self.graph = graph
    isDetached = Array(repeating: false, count: graph.nodeCount)
    if graph.detachedness != nil { findDetached() }
    selfSizes = moveSizes()
    distances = measureDistances()
    findDominators()
    contexts = findContexts()
  }

  // MARK: Words

  struct Edge {
    let kind: EdgeKind
    let name: String
    let target: Int
  }

  func edges(_ node: Int) -> [Edge] {
    (Int(graph.firstEdge[node])..<Int(graph.firstEdge[node + 1])).map { edge in
      let kind = EdgeKind(rawValue: graph.edgeKind[edge]) ?? .unknown
      let number = graph.edgeName[edge]
      let name = kind.isNamedByNumber ? "\(number)" : graph.names[Int(number)]
      return Edge(kind: kind, name: name, target: Int(graph.edgeTarget[edge]))
    }
  }

  func kind(_ node: Int) -> NodeKind { NodeKind(rawValue: graph.nodeKind[node]) ?? .unknown }

  func name(_ node: Int) -> String {
    (isDetached[node] ? "Detached " : "") + graph.names[Int(graph.nodeName[node])]
  }

  var nodes: Range<Int> { 0..<graph.nodeCount }
  var root: Int { Int(graph.rootOrdinal) }

  private func isDocumentTrees(_ node: Int) -> Bool {
    kind(node) == .synthetic && name(node) == "(Document DOM trees)"
  }

  var userRoots: [Int] {
    edges(root).map(\.target).filter { kind($0) != .synthetic || isDocumentTrees($0) }
  }

  private func weakMapPair(_ edge: Edge) -> (rest: String, table: UInt64)? {
    guard edge.kind == .internal,
      let match = edge.name.wholeMatch(
        of:
          /\d+( \/ part of key \(.*? @\d+\) -> value \(.*? @\d+\) pair in WeakMap \(table @(\d+)\))/
      )
    else { return nil }
    return (String(match.1), UInt64(match.2) ?? 0)
  }

  func reach(from starts: [Int], over follows: (Int, Edge) -> Bool) -> Set<Int> {
    var seen = Set(starts)
    var pending = starts
    while let node = pending.popLast() {
      for edge in edges(node) where !seen.contains(edge.target) && follows(node, edge) {
        seen.insert(edge.target)
        pending.append(edge.target)
      }
    }
    return seen
  }

  // MARK: 5.2

  private mutating func findDetached() {
    var state = nodes.map { graph.detachedness?[$0] ?? 0 }
    var seen = Set<Int>()
    var lists: [[Int]] = [[], []]
    func process(_ node: Int, _ new: UInt8) {
      guard seen.insert(node).inserted, kind(node) == .native else { return }
      state[node] = new
      lists[Int(new) - 1].append(node)
    }
    for node in nodes where state[node] != 0 { process(node, state[node]) }
    for new in UInt8(1)...2 {
      while let node = lists[Int(new) - 1].popLast() {
        if new == 2 { isDetached[node] = true }
        if new == 2, state[node] == 1 { continue }
        for edge in edges(node) where ![.hidden, .invisible, .weak].contains(edge.kind) {
          process(edge.target, new)
        }
      }
    }
  }

  // MARK: 5.3 and 5.4

  private func pageOwned() -> Set<Int> {
    let starts = edges(root).filter {
      $0.kind == .shortcut || $0.kind == .element && isDocumentTrees($0.target)
    }
    return reach(from: starts.map(\.target)) { $1.kind != .weak }
  }

  private func essentialEdges() -> [[Int]] {
    let page = pageOwned()
    return nodes.map { node in
      edges(node).filter { edge in
        if edge.kind == .weak || edge.target == node { return false }
        if let pair = weakMapPair(edge), pair.table == graph.nodeID[node] { return false }
        guard node != root else { return true }
        return edge.kind != .shortcut && !(page.contains(edge.target) && !page.contains(node))
      }.map(\.target)
    }
  }

  // MARK: 5.5

  private func isOwnable(_ node: Int) -> Bool {
    switch kind(node) {
    case .hidden, .array: true
    case .native: name(node) == "system / ExternalStringData"
    default: false
    }
  }

  private func moveSizes() -> [UInt64] {
    let given = nodes.map { graph.selfSize[$0] }
    guard !userRoots.isEmpty else { return given }
    var owners: [Set<Int>] = nodes.map { _ in [] }
    for owner in nodes where !isOwnable(owner) {
      let owned = reach(from: [owner]) { node, edge in
        edge.kind != .weak && isOwnable(edge.target)
      }
      for node in owned where isOwnable(node) { owners[node].insert(owner) }
    }
    var sizes = given
    for node in nodes where owners[node].count == 1 {
      guard let owner = owners[node].first, owner != root, kind(owner) != .synthetic else {
        continue
      }
      sizes[owner] += given[node]
      sizes[node] -= given[node]
    }
    return sizes
  }

  // MARK: 5.6

  private func measureDistances() -> [Int32] {
    var distance = [Int32](repeating: -5, count: graph.nodeCount)
    var met = Set<String>()
    func passes(_ node: Int, _ edge: Edge) -> Bool {
      if kind(node) == .hidden, name(node) == "system / NativeContext",
        edge.name == "sloppy_function_map"
      {
        return false
      }
      if kind(node) == .array, name(node) == "(map descriptors)" {
        guard let index = edge.name.prefixMatch(of: /\s*([+-]?\d+)/).flatMap({ Int($0.1) }) else {
          return true
        }
        return index < 2 || index % 3 != 1
      }
      guard let pair = weakMapPair(edge) else { return true }
      if met.remove(pair.rest) != nil { return true }
      met.insert(pair.rest)
      return false
    }
    func walk(_ starts: [Int]) {
      var queue = starts[...]
      while let node = queue.popFirst() {
        for edge in edges(node) where edge.kind != .weak && distance[edge.target] == -5 {
          guard passes(node, edge) else { continue }
          distance[edge.target] = distance[node] + 1
          queue.append(edge.target)
        }
      }
    }
    for node in userRoots { distance[node] = 1 }
    walk(userRoots)
    distance[root] = userRoots.isEmpty ? 0 : 100_000_000
    walk([root])
    return distance
  }

  // MARK: 5.7 and 5.8

  private mutating func findDominators() {
    var essential = essentialEdges()
    var referredTo = Set<Int>()
    func reachable(without removed: Int?) -> Set<Int> {
      var seen: Set<Int> = removed == root ? [] : [root]
      var pending = Array(seen)
      while let node = pending.popLast() {
        for target in essential[node] where target != removed && seen.insert(target).inserted {
          pending.append(target)
        }
      }
      return seen
    }
    let held = reachable(without: nil)
    for node in nodes where !held.contains(node) { referredTo.formUnion(essential[node]) }
    for node in nodes where !held.contains(node) && !referredTo.contains(node) {
      essential[root].append(node)
    }
    let walked = reachable(without: nil)
    // Cycles that nothing holds: their references do not count.
    for node in nodes where !walked.contains(node) { essential[node] = [] }

    var dominated: [Set<Int>] = nodes.map { node in
      walked.contains(node) ? walked.subtracting(reachable(without: node)) : [node]
    }
    dominated[root] = Set(nodes)
    dominators = nodes.map { node in
      let above = nodes.filter { $0 != node && dominated[$0].contains(node) }
      return above.min { dominated[$0].count < dominated[$1].count } ?? node
    }
    retainedSizes = dominated.map { $0.reduce(0) { $0 + selfSizes[$1] } }
  }

  // MARK: 5.11

  func isContext(_ node: Int) -> Bool {
    name(node).wholeMatch(of: /(Detached )?system \/ NativeContext( \/ .*)?/) != nil
  }

  private func findContexts() -> [Int?] {
    func first(_ node: Int?, _ name: String, _ accepts: (Int) -> Bool = { _ in true }) -> Int? {
      node.flatMap { node in
        edges(node).first { $0.kind == .internal && $0.name == name && accepts($0.target) }?.target
      }
    }
    let fixed: [Int?] = nodes.map { node in
      isContext(node)
        ? node : first(first(first(node, "map"), "map"), "native_context", isContext)
    }
    var owners: [Set<Int>] = nodes.map { _ in [] }
    for start in nodes {
      guard let context = fixed[start] else { continue }
      let reached = reach(from: [start]) { _, edge in
        ![.shortcut, .weak].contains(edge.kind) && fixed[edge.target] == nil
      }
      for node in reached { owners[node].insert(context) }
    }
    return nodes.map { node in
      if let context = fixed[node] { return context }
      return owners[node].count > 1 ? -1 : owners[node].first
    }
  }

  /// Sum over the objects of a class that no other of the class, itself with a size, dominates.
  func retainedSize(ofAll members: Set<Int>) -> UInt64 {
    members.reduce(0) { sum, node in
      guard selfSizes[node] > 0 else { return sum }
      var above = dominators[node]
      var below = node
      while above != below {
        if members.contains(above), selfSizes[above] > 0 { return sum }
        (below, above) = (above, dominators[above])
      }
      return sum + retainedSizes[node]
    }
  }

  /// Statistics: arrays are objects named `Array` and their elements, if nothing else has these.
  func arraySize() -> UInt64 {
    let plainKinds: [NodeKind] = [
      .hidden, .native, .code, .string, .concatenatedString, .slicedString,
    ]
    return nodes.filter { name($0) == "Array" && !plainKinds.contains(kind($0)) }.reduce(0) {
      let elements = edges($1).first { $0.kind == .internal && $0.name == "elements" }?.target
      let isAlone = nodes.flatMap(edges).count { $0.target == elements } == 1
      return $0 + selfSizes[$1] + (elements.map { isAlone ? selfSizes[$0] : 0 } ?? 0)
    }
  }
}
