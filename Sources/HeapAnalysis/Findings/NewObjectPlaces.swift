internal import HeapModel

/// For each new object the nearest older one that dominates it, and the topmost new one between.
///
/// All in depth-first numbers. 8 bytes per object of the heap; one pass down the dominator tree.
struct NewObjectPlaces {
  struct Place {
    let position: Int
    let number: UInt32
    let node: UInt32
    /// The nearest dominator that is older.
    let anchor: UInt32
    /// The first new object below it that is no storage; storage itself if there is none yet.
    let top: UInt32
  }

  private let heap: AnalyzedHeap
  private let births: Births
  private let preorder: DominatorPreorder
  private let anchor: PooledArray<UInt32>
  private let top: PooledArray<UInt32>

  init(_ heap: AnalyzedHeap, births: Births, preorder: DominatorPreorder) {
    self.heap = heap
    self.births = births
    self.preorder = preorder
    let tree = heap.dominators
    anchor = heap.pool.array(count: tree.vertex.count)
    top = heap.pool.array(count: tree.vertex.count)
    for number in preorder.number.elements {
      let current = Int(number)
      if !isNew(current) {
        anchor.base[current] = number
        top.base[current] = 0
        continue
      }
      let above = Int(tree.dominator.base[current])
      let topAbove = top.base[above]
      anchor.base[current] = anchor.base[above]
      let isTop = topAbove == 0 || heap.isStorage(tree.vertex.base[Int(topAbove)])
      top.base[current] = isTop ? number : topAbove
    }
  }

  /// Goes through the new objects, dominators first.
  func forEach(_ body: (Place) -> Void) {
    let number = preorder.number.base
    let vertex = heap.dominators.vertex.base
    for position in 0..<preorder.number.count {
      let current = Int(number[position])
      guard isNew(current) else { continue }
      body(
        Place(
          position: position,
          number: number[position],
          node: vertex[current],
          anchor: anchor.base[current],
          top: top.base[current]
        )
      )
    }
  }

  /// The root is never new.
  private func isNew(_ number: Int) -> Bool {
    number != 1 && births.step.base[Int(heap.dominators.vertex.base[number])] != 0
  }
}

extension AnalyzedHeap {
  /// Whether an object is a part of another one in the eyes of a program, such as a Map's table.
  func isStorage(_ node: UInt32) -> Bool {
    switch NodeKind(rawValue: graph.nodeKind[Int(node)]) {
    case .hidden, .array, .code, .objectShape, .number, .unknown: true
    default: false
    }
  }
}
