internal import HeapModel

extension AnalyzedHeap {
  /// Native objects by class, most bytes first: what array buffers, handles, nodes of a page and
  /// other things of the embedder take outside the engine's own heap.
  ///
  /// JavaScriptCore's are cells of classes that the runtime's C++ makes, inside its heap.
  ///
  /// One pass over the kinds of all objects.
  package var nativeClasses: [ObjectSelection.Class] {
    var sums = ClassSums(self)
    let kinds = graph.nodeKind.elements
    for node in kinds.indices where kinds[node] == NodeKind.native.rawValue {
      sums.add(UInt32(node))
    }
    return sums.classes
  }
}
