/// Which DOM nodes the page still shows.
///
/// The engine has the trees of nodes as they are: what hangs on a document is attached, what hangs
/// on anything else is detached. Of a shadow tree it does not say where its host is, and neither
/// whether a fragment is one; of those nothing is said. A script's view of a node is in the state
/// of its node, unless it is of a class of the program: as in V8, only native objects have a state.
struct SpiderMonkeyDocuments {
  private enum State {
    static let unknown: UInt8 = 0
    static let attached: UInt8 = 1
    static let detached: UInt8 = 2
    static let pending: UInt8 = 3
  }

  /// Per node, as in `HeapGraph.detachedness`.
  let detachedness: FlatArray<UInt8>
  private let heap: SpiderMonkeyHeap

  /// - Parameter nodeKind: `NodeKind` as raw values.
  init(_ heap: SpiderMonkeyHeap, nodeKind: FlatArray<UInt8>) {
    self.heap = heap
    detachedness = FlatArray(repeating: State.unknown, count: heap.nodeCount)
    markTrees()
    markReflectors(nodeKind)
  }

  private func isNode(_ node: Int) -> Bool {
    heap.coarseType[node] == SpiderMonkeyHeap.CoarseType.domNode
  }

  private func markTrees() {
    let isFragmentOfScript = fragmentsOfScripts()
    var tops: [UInt32] = []
    let isChild = FlatArray<Bool>(repeating: false, count: heap.nodeCount)
    forEachChild { _, child in isChild[child] = true }
    for node in 0..<heap.nodeCount where isNode(node) {
      detachedness[node] = State.pending
      if isChild[node] == false { tops.append(UInt32(node)) }
    }
    for top in tops {
      mark(from: top, state(ofTop: Int(top), isFragmentOfScript))
    }
    // Nodes that are each other's children hang on nothing.
    for node in 0..<heap.nodeCount where detachedness[node] == State.pending {
      detachedness[node] = State.unknown
    }
  }

  private func state(ofTop node: Int, _ fragments: Set<UInt32>) -> UInt8 {
    switch heap.roles[heap.descriptiveName[node]] {
    case .document: State.attached
    case .fragment: fragments.contains(UInt32(node)) ? State.detached : State.unknown
    default: State.detached
    }
  }

  /// Fragments that a script knows as what they are, and which so are no shadow trees.
  private func fragmentsOfScripts() -> Set<UInt32> {
    var fragments: Set<UInt32> = []
    for node in 0..<heap.nodeCount where heap.classRole(node) == .classFragment {
      if let fragment = heap.target(of: node, .reflectedNode) { fragments.insert(UInt32(fragment)) }
    }
    return fragments
  }

  private func forEachChild(_ body: (_ parent: Int, _ child: Int) -> Void) {
    for node in 0..<heap.nodeCount where isNode(node) {
      for edge in heap.edges(of: node) where heap.role(ofEdge: edge) == .childNode {
        body(node, Int(heap.edgeTarget[edge]))
      }
    }
  }

  private func mark(from top: UInt32, _ state: UInt8) {
    var pending = [top]
    detachedness[Int(top)] = state
    while let node = pending.popLast() {
      for edge in heap.edges(of: Int(node)) where heap.role(ofEdge: edge) == .childNode {
        let child = Int(heap.edgeTarget[edge])
        guard detachedness[child] == State.pending else { continue }
        detachedness[child] = state
        pending.append(UInt32(child))
      }
    }
  }

  private func markReflectors(_ nodeKind: FlatArray<UInt8>) {
    for node in 0..<heap.nodeCount
    where heap.coarseType[node] == SpiderMonkeyHeap.CoarseType.object
      && nodeKind[node] == NodeKind.native.rawValue
    {
      guard let reflected = heap.target(of: node, .reflectedNode), isNode(reflected) else {
        continue
      }
      detachedness[node] = detachedness[reflected]
    }
  }
}
