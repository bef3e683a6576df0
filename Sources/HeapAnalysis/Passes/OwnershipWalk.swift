internal import CPrefetch
internal import HeapModel

/// One walk that settles three questions, since each asks the same bytes of the same targets.
///
/// - who owns the size of hidden objects and arrays: an object that exactly one other reaches
///   through such helpers has their size as its own (facts 5.5)
/// - which native context each object belongs to: one, several, or none (facts 5.11)
/// - whether the elements of an `Array` are referred to once (facts 5.11, statistics)
///
/// Owners and contexts only ever go from "none" over "one" to "several", so the result does not
/// depend on the order. The walk goes through the file; only an object whose answer changes after
/// its own references were passed on waits in a queue.
struct OwnershipWalk {
  static let noOwner = UInt32.max
  static let severalOwners = UInt32.max - 1
  static let noContext: UInt16 = 0
  static let severalContexts = UInt16.max

  private static let lookAhead = (node: 16, row: 8)

  let graph: HeapGraph
  let links: Links
  let flags: PooledArray<UInt8>
  /// Who owns an ownable object's size; undefined for objects that own themselves.
  let owner: PooledArray<UInt32>
  /// 1 + the number of the native context, or one of the marks.
  let context: PooledArray<UInt16>
  let movesSizes: Bool
  let hasContexts: Bool
  private let survey: HeapSurvey
  /// Bits of a target that make the walk stop at it.
  private let openBits: UInt8
  private var pending: GrowingArray<UInt32>

  /// - Parameter movesSizes: DevTools moves sizes only if there is a user root.
  init(survey: HeapSurvey, movesSizes: Bool, pool: MemoryPool) {
    self.survey = survey
    self.movesSizes = movesSizes
    graph = survey.graph
    links = survey.links
    flags = survey.flags
    hasContexts = !survey.nativeContexts.isEmpty && survey.nativeContexts.count < 65_000
    owner = pool.array(repeating: Self.noOwner, count: movesSizes ? graph.nodeCount : 0)
    context = pool.array(repeating: Self.noContext, count: hasContexts ? graph.nodeCount : 0)
    openBits =
      (movesSizes ? NodeFlags.ownerOpen : 0) | (hasContexts ? NodeFlags.contextOpen : 0)
      | NodeFlags.countsReferences
    pending = GrowingArray(capacity: 1024, pool: pool)
  }

  mutating func run() {
    if hasContexts { fixContexts() }
    guard movesSizes || hasContexts || !survey.arrayElements.isEmpty else { return }
    let visit = OwnershipVisit(self, hasOneContext: survey.nativeContexts.count == 1)
    for node in 0..<graph.nodeCount { visit(node, upTo: node, openBits, &pending) }
    let lateBits = openBits & ~NodeFlags.countsReferences
    var head = 0
    while head < pending.count {
      let queue = pending.storage.base
      if head &+ Self.lookAhead.node < pending.count {
        let later = Int(queue[head &+ Self.lookAhead.node])
        retinue_prefetch(links.rowStart.base + later)
        retinue_prefetch(flags.base + later)
        let row = links.rowStart.base[Int(queue[head &+ Self.lookAhead.row])]
        retinue_prefetch(links.targets + Int(row))
      }
      let node = Int(queue[head])
      head &+= 1
      visit(node, upTo: graph.nodeCount, lateBits, &pending)
    }
  }

  /// An object belongs to the context that the map of its map names; contexts own themselves.
  private func fixContexts() {
    var numberOfContext: [UInt32: UInt16] = [:]
    for (index, node) in survey.nativeContexts.enumerated() {
      numberOfContext[node] = UInt16(index + 1)
    }
    // While this runs, `context` says for an object with a `native_context` reference which it is.
    for (node, target) in survey.nativeContextReferences {
      context[Int(node)] = numberOfContext[target] ?? Self.noContext
    }
    var fixed: [(node: UInt32, context: UInt16)] = []
    if !survey.nativeContextReferences.isEmpty {
      let map = survey.map.base
      let context = self.context.base
      for node in 0..<graph.nodeCount where map[node] != HeapSurvey.noNode {
        let mapOfMap = map[Int(map[node])]
        guard mapOfMap != HeapSurvey.noNode, context[Int(mapOfMap)] != Self.noContext else {
          continue
        }
        fixed.append((UInt32(node), context[Int(mapOfMap)]))
      }
    }
    for (node, _) in survey.nativeContextReferences { context[Int(node)] = Self.noContext }
    for (node, number) in fixed { fix(node, number) }
    for (node, number) in numberOfContext { fix(node, number) }
  }

  private func fix(_ node: UInt32, _ number: UInt16) {
    context[Int(node)] = number
    flags[Int(node)] &= ~NodeFlags.contextOpen
  }
}

// MARK: What comes of it

/// What the ownership walk found out.
struct Ownership {
  /// Bytes of each object after each helper with exactly one owner gave its own away.
  let selfSizes: PooledArray<UInt64>
  /// Elements of objects named `Array` that nothing else refers to.
  let elementsReferredToOnce: [UInt32]
  /// Bytes per context, in the survey's order; nil where contexts were not told apart.
  let contextSizes: [UInt64]?
  let sharedSize: UInt64
  let unattributedSize: UInt64
}

extension OwnershipWalk {
  func result(pool: MemoryPool) -> Ownership {
    let selfSizes = movedSizes(pool: pool)
    // What several contexts share is counted last.
    let shared = survey.nativeContexts.count + 1
    var sizes = [UInt64](repeating: 0, count: shared + 1)
    if hasContexts {
      for node in 0..<graph.nodeCount {
        sizes[min(Int(context.base[node]), shared)] &+= selfSizes.base[node]
      }
    }
    let bits = NodeFlags.countsReferences | NodeFlags.referredTo
    return Ownership(
      selfSizes: selfSizes,
      elementsReferredToOnce: survey.arrayElements.lazy.map(\.elements).filter {
        flags.base[Int($0)] & bits == bits
      },
      contextSizes: hasContexts ? Array(sizes[1..<shared]) : nil,
      sharedSize: sizes[shared],
      unattributedSize: sizes[Int(Self.noContext)]
    )
  }

  /// Nothing moves to the root or to a synthetic object.
  private func movedSizes(pool: MemoryPool) -> PooledArray<UInt64> {
    let sizes: PooledArray<UInt64> = pool.array(count: graph.nodeCount)
    let given = graph.selfSize.elements
    for node in 0..<graph.nodeCount { sizes.base[node] = given[node] }
    guard movesSizes else { return sizes }
    let kinds = graph.nodeKind.elements
    for node in 0..<graph.nodeCount where flags.base[node] & NodeFlags.ownable != 0 {
      let owner = self.owner.base[node]
      guard owner < Self.severalOwners, Int(owner) != node, owner != graph.rootOrdinal,
        kinds[Int(owner)] != NodeKind.synthetic.rawValue
      else { continue }
      sizes.base[Int(owner)] &+= sizes.base[node]
      sizes.base[node] = 0
    }
    return sizes
  }
}
