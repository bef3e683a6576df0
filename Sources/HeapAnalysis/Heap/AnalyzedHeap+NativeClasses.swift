internal import HeapModel

extension AnalyzedHeap {
  /// Native objects by class, most bytes first: what array buffers, handles, nodes of a page and
  /// other things of the embedder take outside the engine's own heap.
  ///
  /// JavaScriptCore's are cells of classes that the runtime's C++ makes, inside its heap.
  ///
  /// One pass over the kinds of all objects.
  package var nativeClasses: [ObjectSelection.Class] {
    var sums: [UInt32: (count: Int, selfSize: UInt64)] = [:]
    let kinds = graph.nodeKind.elements
    for node in kinds.indices where kinds[node] == NodeKind.native.rawValue {
      let number = classNumber(of: node)
      let sum = sums[number, default: (0, 0)]
      sums[number] = (sum.count + 1, sum.selfSize &+ selfSizes.base[node])
    }
    return sums.map { number, sum in
      ObjectSelection.Class(
        name: className(ofNumber: number),
        count: sum.count,
        selfSize: sum.selfSize
      )
    }.sorted { ($1.selfSize, $1.count, $0.name) < ($0.selfSize, $0.count, $1.name) }
  }
}
