internal import HeapModel

/// A leak as the rules see it: the way to one of its objects, cut where the old ends and the new
/// begins, and what came with it.
struct LeakPath {
  struct Step {
    let reference: PathLabel.Reference
    let node: UInt32
    /// Whether it came during the series, as far as ids or its class tell.
    let isNew: Bool
    /// What the object is called in a path: its class, `context`, `function onTick`.
    let label: String
    /// How often this step, or a group of two or three that ends here, came again after it.
    let repeatCount: Int
    /// The index by which the step refers, or the property's name where it is a number.
    let index: Int?
  }

  let heap: AnalyzedHeap
  /// From the root; empty where the snapshot does not tell what holds the objects.
  let steps: [Step]
  /// The first step behind what was there before, storage of the engine left out.
  let firstNew: Int
  /// The variable or property by which the program holds it.
  let owner: String?
  /// All that grew below the same owner.
  let contents: GrowthGroup
  let births: Births
  /// How many global objects came in each step, where the way starts from one of them.
  let newGlobalsPerStep: [Int]?
  private let isTooling: Bool

  /// - Parameters:
  ///   - alike: ways that look alike; none where no way leads to the objects.
  ///   - samples: the ways to several of the objects, `alike` among them.
  init(
    _ alike: [RetainerPath],
    samples: [RetainerPath],
    owner: String?,
    contents: GrowthGroup,
    context: GrowthContext
  ) {
    heap = context.last
    let births = context.births
    // Of a chain the longest way, since a short one does not show that it repeats.
    let longest = alike.map(\.length).max()
    let path = alike.first { $0.length == longest }
    let hasRootName = path?.rootName != nil && path?.origin == .engine
    steps = (path?.steps ?? []).enumerated().map { index, step in
      let label = PathLabel(step, isFirst: index == 0 && !hasRootName)
      return Step(
        reference: label.reference,
        node: step.node,
        isNew: births.step[Int(step.node)] != 0,
        label: label.node,
        repeatCount: step.repeatCount,
        index: label.reference == .element ? Int(step.edgeName) : nil
      )
    }
    let lastOld =
      context.isComparedByID
      ? steps.lastIndex { !$0.isNew }
      : path.flatMap { Self.parting($0, from: samples) }
    let behind = steps.indices.dropFirst((lastOld ?? -1) + 1)
    firstNew =
      behind.first { [heap, steps] in !heap.isMachinery(steps[$0].node) }
      ?? max(steps.count - 1, 0)
    self.owner = owner
    self.contents = contents
    self.births = births
    isTooling = path?.origin == .tooling
    newGlobalsPerStep = steps.first.flatMap { first in
      first.isNew
        ? Self.newGlobals(startingAt: first.node, context) : nil
    }
  }

  private static func newGlobals(startingAt start: UInt32, _ context: GrowthContext) -> [Int]? {
    let globals = RootRanking.globals(context.last)
    guard globals.contains(start) else { return nil }
    var counts = Array(repeating: 0, count: context.series.stepCount)
    for node in globals {
      let step = Int(context.births.step[Int(node)])
      if step > 0 { counts[step - 1] += 1 }
    }
    return counts
  }

  /// The last step that most of the samples share, where ids do not tell what is old.
  private static func parting(_ path: RetainerPath, from samples: [RetainerPath]) -> Int? {
    let shared = samples.filter { $0.steps.last?.node != path.steps.last?.node }.map { sample in
      zip(path.steps, sample.steps).prefix { $0.node == $1.node }.count
    }.sorted()
    guard !shared.isEmpty else { return nil }
    return min(shared[shared.count / 2], path.steps.count - 1) - 1
  }

  /// The nearest older object on the way, if it is one that holds things for one purpose: a global
  /// object and the variables of a function hold what has nothing to do with each other.
  var sharedAnchor: UInt32? {
    guard let anchor, steps[anchor].reference != .start, steps[anchor].label != "context" else {
      return nil
    }
    return steps[anchor].node
  }

  /// Whether the runtime's own modules hold it: what a program makes leaves traces there.
  var isOfRuntime: Bool {
    heap.graph.engine == .javaScriptCore
      && steps.contains { heap.name(of: $0.node) == "InternalModuleRegistry" }
  }

  /// Whether rules may explain it: a way is known, and it is the program's.
  var isExplicable: Bool { !steps.isEmpty && !isTooling }
}

extension AnalyzedHeap {
  /// Storage, and what else of the engine stands between the objects of a program: Deno's V8 says
  /// native where Node's says hidden.
  func isMachinery(_ node: UInt32) -> Bool {
    if isStorage(node) { return true }
    guard graph.nodeKind[Int(node)] == NodeKind.native.rawValue else { return false }
    return graph.names.utf8(Int(graph.nodeName[Int(node)])).starts(with: "system / ".utf8)
  }
}
