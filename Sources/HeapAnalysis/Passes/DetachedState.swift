internal import HeapModel

/// Which native objects (DOM nodes, mostly) the page still shows and which it has let go.
///
/// V8 tells it of some nodes; DevTools spreads it to the nodes that these refer to. A detached
/// object's name becomes `Detached NAME` for every later rule. Rules: facts 5.2, in this order:
///
/// 1. in the order of the file, each node with a state is seen; if it is native, it joins the
///    attached or the detached list
/// 2. attached spreads over all references but hidden, invisible and weak ones; what is not
///    native is seen and stops it
/// 3. then detached spreads likewise, out of nodes whose own state is not attached
///
/// SpiderMonkey has the trees of nodes, and so tells it of each: there nothing spreads.
///
/// A V8 too old for states gave nodes that the page has let go the name `Detached …` itself, which
/// DevTools takes for the state; nothing is named anew then.
package struct DetachedState: Sendable {
  /// The objects that DevTools calls `Detached …`, ascending.
  package let detached: [UInt32]
  /// The objects that an old V8 named so, ascending; none where states are told.
  let namedDetached: [UInt32]
  /// Whether the snapshot tells of any object that the page has let go, or could have.
  package let isTold: Bool
  /// How many native objects are attached.
  package let attachedCount: Int

  private static let attachedState: UInt8 = 1
  private static let detachedState: UInt8 = 2

  init(_ graph: HeapGraph) {
    guard let given = graph.detachedness else {
      namedDetached = graph.engine == .v8 ? Self.nativeObjects(namedDetachedIn: graph) : []
      isTold = !namedDetached.isEmpty
      detached = []
      attachedCount = 0
      return
    }
    namedDetached = []
    isTold = true
    guard graph.engine != .spiderMonkey else {
      let states = given.elements
      detached = (0..<UInt32(graph.nodeCount)).filter { states[Int($0)] == Self.detachedState }
      attachedCount = states.count { $0 == Self.attachedState }
      return
    }
    var spread = Spread(graph: graph, state: given)
    spread.run()
    detached = spread.detached.sorted()
    attachedCount = spread.attachedCount
  }

  private static func nativeObjects(namedDetachedIn graph: HeapGraph) -> [UInt32] {
    let isNamed = (0..<graph.names.count).map { index in
      graph.names.utf8(index).starts(with: "Detached ".utf8)
    }
    return (0..<UInt32(graph.nodeCount)).filter { node in
      graph.nodeKind[Int(node)] == NodeKind.native.rawValue
        && isNamed[Int(graph.nodeName[Int(node)])]
    }
  }

  /// Whether DevTools puts `Detached` in front of its name.
  package func isDetached(_ node: UInt32) -> Bool { Self.contains(node, detached) }

  /// Whether the page has let it go, told by a state or by a name.
  func isLetGo(_ node: UInt32) -> Bool { isDetached(node) || Self.contains(node, namedDetached) }

  private static func contains(_ node: UInt32, _ ascending: [UInt32]) -> Bool {
    var low = 0
    var high = ascending.count
    while low < high {
      let middle = (low + high) / 2
      if ascending[middle] < node { low = middle + 1 } else { high = middle }
    }
    return low < ascending.count && ascending[low] == node
  }

  private struct Spread {
    let graph: HeapGraph
    /// 0 unknown, 1 attached, 2 detached.
    var state: [UInt8]
    var isSeen: [Bool]
    var detached: [UInt32] = []
    var attachedCount = 0
    private var attachedList: [Int] = []
    private var detachedList: [Int] = []

    init(graph: HeapGraph, state: FlatArray<UInt8>) {
      self.graph = graph
      self.state = Array(state.elements)
      self.isSeen = Array(repeating: false, count: graph.nodeCount)
    }

    mutating func run() {
      for node in 0..<graph.nodeCount where state[node] != 0 { process(node, state[node]) }
      while let node = attachedList.popLast() { spread(from: node, attachedState) }
      while let node = detachedList.popLast() {
        if state[node] != attachedState { spread(from: node, detachedState) }
      }
    }

    private mutating func process(_ node: Int, _ newState: UInt8) {
      guard !isSeen[node] else { return }
      isSeen[node] = true
      guard graph.nodeKind[node] == NodeKind.native.rawValue else { return }
      state[node] = newState
      if newState == attachedState {
        attachedCount += 1
        attachedList.append(node)
      } else if newState == detachedState {
        detached.append(UInt32(node))
        detachedList.append(node)
      }
    }

    private mutating func spread(from node: Int, _ newState: UInt8) {
      for edge in Int(graph.firstEdge[node])..<Int(graph.firstEdge[node + 1]) {
        switch EdgeKind(rawValue: graph.edgeKind[edge]) {
        case .hidden, .invisible, .weak: continue
        default: process(Int(graph.edgeTarget[edge]), newState)
        }
      }
    }
  }
}
