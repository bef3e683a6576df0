package import HeapModel

/// Which objects of a heap are asked for, in which order, and which page of them.
package struct ObjectQuery: Hashable, Sendable {
  package enum Order: String, Sendable, CaseIterable {
    /// Largest first.
    case retained
    case selfSize = "self"
    /// Nearest to a root first; what no program reaches last.
    case distance
    /// Oldest first, where the engine counts its ids up.
    case id
  }

  /// All must hold.
  package var conditions: [ObjectCondition]
  package var order: Order
  /// How many objects of the answer are left out at its beginning.
  package var offset: Int
  package var limit: Int

  package init(
    _ conditions: [ObjectCondition],
    order: Order = .retained,
    offset: Int = 0,
    limit: Int = 100
  ) {
    self.conditions = conditions
    self.order = order
    self.offset = max(offset, 0)
    self.limit = max(limit, 0)
  }
}

/// What a query found.
package struct ObjectSelection: Hashable, Sendable {
  package struct Object: Hashable, Sendable {
    package let row: ObjectRow
    package let kind: NodeKind
  }

  /// Objects of one class among those found.
  package struct Class: Hashable, Sendable {
    package let name: String
    package let count: Int
    package let selfSize: UInt64
  }

  /// Whose heap it is.
  package let engine: HeapEngine
  /// How many objects were found; all that follows is about all of them but `page`.
  package let count: Int
  /// Bytes.
  package let selfSize: UInt64
  /// Bytes that they keep alive together, each counted once.
  package let retainedSize: UInt64
  /// Most bytes of their own first.
  package let classes: [Class]
  /// The objects asked for, in their order.
  package private(set) var page: [Object]

  /// The same with a part of its page.
  package func page(dropFirst count: Int, limit: Int) -> Self {
    var part = self
    part.page = Array(page.dropFirst(count).prefix(limit))
    return part
  }
}

extension AnalyzedHeap {
  /// Answers a query: a pass over the heap for each condition, a walk or two for each
  /// `retainedThrough`; memory for a byte an object, and for a page.
  ///
  /// - Throws: where an id is of no object, or the engine cannot tell.
  package func select(_ query: ObjectQuery) throws(QueryError) -> ObjectSelection {
    let isSelected = try objects(fulfilling: query.conditions)
    var page = SelectedPage(self, query)
    var sums = ClassSums(self)
    var count = 0
    var bytes: UInt64 = 0
    for node in 0..<UInt32(graph.engineNodeCount) where isSelected.base[Int(node)] {
      count += 1
      bytes &+= selfSize(of: node)
      sums.add(node)
      page.offer(node)
    }
    return ObjectSelection(
      engine: graph.engine,
      count: count,
      selfSize: bytes,
      retainedSize: retainedSize(ofAll: isSelected),
      classes: sums.classes,
      page: page.nodes.map { node in
        ObjectSelection.Object(
          row: objectRow(node),
          kind: NodeKind(rawValue: graph.nodeKind[Int(node)]) ?? .unknown
        )
      }
    )
  }

  /// One byte for each object, whether all conditions are true of it.
  func objects(
    fulfilling conditions: [ObjectCondition]
  ) throws(QueryError) -> PooledArray<Bool> {
    let filter = ObjectFilter(self)
    try filter.keep(conditions)
    return filter.isSelected
  }

  /// The sum over those that none of the others dominates.
  func retainedSize(ofAll isSelected: PooledArray<Bool>) -> UInt64 {
    let tree = dominators
    let isCounted: PooledArray<Bool> = pool.array(repeating: false, count: tree.vertex.count)
    var total: UInt64 = 0
    for number in 1..<tree.vertex.count {
      let isCountedAbove = number > 1 && isCounted.base[Int(tree.dominator.base[number])]
      let isOne = isSelected.base[Int(tree.vertex.base[number])]
      if isOne, !isCountedAbove { total &+= tree.retainedSize.base[number] }
      isCounted.base[number] = isOne || isCountedAbove
    }
    return total
  }
}

/// The first of many objects in an order, without sorting all.
private struct SelectedPage {
  private let heap: AnalyzedHeap
  private let order: ObjectQuery.Order
  private let offset: Int
  /// How many are kept, those that the page leaves out included.
  private let needed: Int
  private var kept: [UInt32] = []

  init(_ heap: AnalyzedHeap, _ query: ObjectQuery) {
    self.heap = heap
    order = query.order
    let count = heap.graph.nodeCount
    offset = min(query.offset, count)
    needed = offset + min(query.limit, count - offset)
  }

  mutating func offer(_ node: UInt32) {
    kept.append(node)
    if kept.count >= 2 * needed + 1_024 { trim() }
  }

  private mutating func trim() {
    kept.sort(by: isBefore)
    kept.removeLast(max(kept.count - needed, 0))
  }

  var nodes: ArraySlice<UInt32> {
    mutating get {
      trim()
      return kept.dropFirst(offset)
    }
  }

  private func isBefore(_ a: UInt32, _ b: UInt32) -> Bool {
    let (first, second) = (key(a), key(b))
    if first != second { return first < second }
    return heap.graph.nodeID[Int(a)] < heap.graph.nodeID[Int(b)]
  }

  /// Ascending in the order asked for.
  private func key(_ node: UInt32) -> UInt64 {
    switch order {
    case .retained: ~heap.retainedSize(of: node)
    case .selfSize: ~heap.selfSize(of: node)
    case .distance: UInt64(UInt32(bitPattern: heap.distance(of: node)))
    case .id: heap.graph.nodeID[Int(node)]
    }
  }
}
