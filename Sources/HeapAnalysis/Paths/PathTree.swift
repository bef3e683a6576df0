internal import HeapModel

/// The shortest ways from a root to many objects, as one tree: what they share is followed once.
///
/// Names that are keys by their form are put together at once, so that a dictionary's memory does not
/// depend on how many it has.
///
/// Takes a step for each object that lies on any of the ways, so all paths of all objects cost about
/// as much as one walk over the heap; memory for four bytes an object, and for each way that differs
/// some hundred, of which there are no more than `LabelTree.mostPlaces`.
struct PathTree {
  private(set) var tree: LabelTree
  /// The names that a place's last label stands for, where it is the form of keys: all of a few, and
  /// one more than are shown of many.
  private(set) var keysOf: [UInt32: Set<String>] = [:]

  private let heap: AnalyzedHeap
  private let forest: RetainerForest
  /// Whether the first object is called without what refers to it, since it simply is there.
  private let startsWithObject: Bool
  /// Labels that are remembered at most.
  private let limit: Int
  private let placeOf: PooledArray<UInt32>
  private var labelOfLink: [Link: Label] = [:]

  private static let unknown = UInt32.max

  private struct Label {
    /// In the tree; nil where that is full.
    var number: UInt32?
    /// Whether it has the form of the name in place of that.
    var isKey: Bool
  }

  /// References with equal labels, told by numbers.
  private struct Link: Hashable {
    var kind: UInt8
    var name: UInt32
    /// The target's class, or where it is called by its own name that name.
    var target: UInt32
    var isTargetNamed: Bool
    var isFirst: Bool
  }

  init(_ forest: RetainerForest, startsWithObject: Bool, limit: Int = LabelTree.mostPlaces) {
    tree = LabelTree(limit: limit)
    self.limit = limit
    heap = forest.heap
    self.forest = forest
    self.startsWithObject = startsWithObject
    placeOf = heap.pool.array(repeating: Self.unknown, count: heap.graph.nodeCount)
  }

  /// Where the way to an object ends, which has one.
  mutating func place(of node: UInt32) -> UInt32 {
    let graph = heap.graph
    var way: [UInt32] = []
    var current = node
    while current != graph.rootOrdinal, placeOf.base[Int(current)] == Self.unknown {
      let edge = forest.bestEdge(to: current)
      way.append(edge)
      current = graph.source(ofEdge: edge)
    }
    var place = current == graph.rootOrdinal ? LabelTree.root : placeOf.base[Int(current)]
    for edge in way.reversed() {
      let isFirst = place == LabelTree.root && startsWithObject
      let label = label(of: edge, isFirst: isFirst)
      place = tree.place(after: place, label: label.number)
      if label.isKey { noteKey(edge, of: place) }
      placeOf.base[Int(graph.edgeTarget[Int(edge)])] = place
    }
    return place
  }

  private mutating func label(of edge: UInt32, isFirst: Bool) -> Label {
    let graph = heap.graph
    let target = graph.edgeTarget[Int(edge)]
    let kind = graph.edgeKind[Int(edge)]
    let isNumbered = EdgeKind(rawValue: kind)?.isNamedByNumber ?? false
    let isTargetNamed =
      PathLabel.isCalledByItsName(heap, target) || PathLabel.hasFunctionName(heap, target)
    let link = Link(
      kind: kind,
      name: isNumbered ? 0 : graph.edgeName[Int(edge)],
      target: isTargetNamed ? graph.nodeName[Int(target)] : heap.classNumber(of: Int(target)),
      isTargetNamed: isTargetNamed,
      isFirst: isFirst
    )
    if let known = labelOfLink[link] { return known }
    let named = PathLabel(RetainerPath.Step(edge: edge, heap), isFirst: isFirst)
    let form = named.keyForm
    let label = Label(number: tree.numberWithinLimit(of: form), isKey: form != named)
    if labelOfLink.count < limit { labelOfLink[link] = label }
    return label
  }

  private mutating func noteKey(_ edge: UInt32, of place: UInt32) {
    guard keysOf[place]?.count ?? 0 <= PathLabel.mostNames,
      let name = PathLabel(RetainerPath.Step(edge: edge, heap), isFirst: false).chosenName
    else { return }
    keysOf[place, default: []].insert(name)
  }
}
