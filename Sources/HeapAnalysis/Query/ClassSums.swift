/// Counts objects by class.
struct ClassSums {
  private let heap: AnalyzedHeap
  private var sums: [UInt32: (count: Int, selfSize: UInt64)] = [:]

  init(_ heap: AnalyzedHeap) {
    self.heap = heap
  }

  mutating func add(_ node: UInt32) {
    let number = heap.classNumber(of: Int(node))
    let sum = sums[number, default: (0, 0)]
    sums[number] = (sum.count + 1, sum.selfSize &+ heap.selfSize(of: node))
  }

  /// Most bytes first.
  var classes: [ObjectSelection.Class] {
    sums.map { number, sum in
      ObjectSelection.Class(
        name: heap.className(ofNumber: number),
        count: sum.count,
        selfSize: sum.selfSize
      )
    }
    .sorted { ($1.selfSize, $1.count, $0.name) < ($0.selfSize, $0.count, $1.name) }
  }
}
