internal import HeapModel

/// Which roots explain an object best.
struct RootRanking {
  struct Start {
    let source: UInt32
    let edge: Int
  }

  struct Round {
    let origin: RetainerPath.Origin
    var edges: [Start] = []
  }

  private(set) var rounds = [
    Round(origin: .program), Round(origin: .engine), Round(origin: .pending),
    Round(origin: .unknownHolder), Round(origin: .tooling),
  ]
  /// Objects whose references are not followed as they are met: each starts in its own round.
  let isHeldBack: PooledArray<Bool>
  /// Objects whose references are followed only when nothing else leads on: what waits for an
  /// event is a poor reason for anything to live, and gone by the next snapshot.
  let isPending: PooledArray<Bool>

  /// Roots that hold what only a debugger, or whoever takes the snapshot, keeps alive.
  private static let toolingRoots: Set<String> = ["(Stack roots)", "(Debugger)"]
  private static let toolingHandleEnding = "/ DevTools console"
  /// Classes whose objects belong to a debugger.
  private static func toolingClasses(_ engine: HeapEngine) -> Set<String> {
    switch engine {
    case .v8: []
    case .javaScriptCore: ["InjectedScript", "InjectedScriptHost"]
    case .spiderMonkey: ["Debugger", "DebuggerDebuggeeLink"]
    }
  }
  private static let pendingClasses: Set<String> = [
    "Timeout", "Immediate", "TimersList", "ImmediateList", "system / PromiseReaction",
    "SlimPromiseReaction", "FullPromiseReaction",
  ]

  init(_ heap: AnalyzedHeap) {
    isHeldBack = heap.pool.array(repeating: false, count: heap.graph.nodeCount)
    isPending = Self.marks(heap.graph, named: Self.pendingClasses, pool: heap.pool)
    if heap.graph.engine == .v8 { rankV8(heap) } else { rankOther(heap) }
  }

  private static let spiderMonkeyGlobals: Set<String> = [
    "Window", "SystemGlobal", "BackstagePass", "Sandbox", "global", "DedicatedWorkerGlobalScope",
    "SharedWorkerGlobalScope", "ServiceWorkerGlobalScope",
  ]

  /// The global objects: V8's root names them by shortcuts, the others by their class.
  static func globals(_ heap: AnalyzedHeap) -> Set<UInt32> {
    let graph = heap.graph
    let edges = graph.edges(of: graph.rootOrdinal).filter { edge in
      let target = graph.edgeTarget[edge]
      return switch graph.engine {
      case .v8: graph.edgeKind[edge] == EdgeKind.shortcut.rawValue
      case .javaScriptCore: heap.name(of: target).hasSuffix("GlobalObject")
      case .spiderMonkey: spiderMonkeyGlobals.contains(heap.name(of: target))
      }
    }
    return Set(edges.map { graph.edgeTarget[$0] })
  }

  private mutating func add(_ origin: RetainerPath.Origin, _ source: UInt32, _ edge: Int) {
    rounds[Int(origin.rawValue) - 1].edges.append(Start(source: source, edge: edge))
  }

  /// root → global objects; root → (GC roots) → (Global handles) and others → handles.
  private mutating func rankV8(_ heap: AnalyzedHeap) {
    let graph = heap.graph
    // Whoever is named again has nothing new below.
    var seenRoots: Set<UInt32> = []
    var seenGroups: Set<UInt32> = []
    for edge in graph.edges(of: graph.rootOrdinal) {
      let target = graph.edgeTarget[edge]
      guard graph.nodeKind[Int(target)] == NodeKind.synthetic.rawValue else {
        add(.program, graph.rootOrdinal, edge)
        continue
      }
      add(.engine, graph.rootOrdinal, edge)
      isHeldBack[Int(target)] = true
      guard seenRoots.insert(target).inserted else { continue }
      for group in graph.edges(of: target) { rankGroup(group, of: target, heap, &seenGroups) }
    }
  }

  private mutating func rankGroup(
    _ edge: Int,
    of roots: UInt32,
    _ heap: AnalyzedHeap,
    _ seen: inout Set<UInt32>
  ) {
    let graph = heap.graph
    let target = graph.edgeTarget[edge]
    guard graph.edgeKind[edge] != EdgeKind.weak.rawValue else { return }
    if Self.toolingRoots.contains(heap.name(of: target)) {
      add(.tooling, roots, edge)
      return
    }
    add(.engine, roots, edge)
    guard graph.nodeKind[Int(target)] == NodeKind.synthetic.rawValue else { return }
    isHeldBack[Int(target)] = true
    guard seen.insert(target).inserted else { return }
    for handle in graph.edges(of: target) where graph.edgeKind[handle] != EdgeKind.weak.rawValue {
      let kind = EdgeKind(rawValue: graph.edgeKind[handle]) ?? .unknown
      let name = kind.isNamedByNumber ? "" : graph.names[Int(graph.edgeName[handle])]
      add(name.hasSuffix(Self.toolingHandleEnding) ? .tooling : .engine, target, handle)
    }
  }

  private mutating func rankOther(_ heap: AnalyzedHeap) {
    let graph = heap.graph
    let globals = Self.globals(heap)
    for edge in graph.edges(of: graph.rootOrdinal) {
      let target = graph.edgeTarget[edge]
      if target == graph.unknownHolder {
        add(.unknownHolder, graph.rootOrdinal, edge)
      } else {
        add(globals.contains(target) ? .program : .engine, graph.rootOrdinal, edge)
      }
    }
    let isTooling = Self.marks(graph, named: Self.toolingClasses(graph.engine), pool: heap.pool)
    for node in 0..<UInt32(graph.nodeCount) where isTooling[Int(node)] {
      isHeldBack[Int(node)] = true
      for edge in graph.edges(of: node) { add(.tooling, node, edge) }
    }
  }

  /// Marks the objects with one of these names.
  private static func marks(
    _ graph: HeapGraph,
    named names: Set<String>,
    pool: MemoryPool
  ) -> PooledArray<Bool> {
    let isNamed = (0..<graph.names.count).map { index in
      names.contains { graph.names.utf8(index).elementsEqual($0.utf8) }
    }
    let marks: PooledArray<Bool> = pool.array(count: graph.nodeCount)
    let nodeNames = graph.nodeName.elements
    for node in nodeNames.indices { marks.base[node] = isNamed[Int(nodeNames[node])] }
    return marks
  }
}

extension HeapGraph {
  func edges(of node: UInt32) -> Range<Int> {
    Int(firstEdge[Int(node)])..<Int(firstEdge[Int(node) + 1])
  }
}
