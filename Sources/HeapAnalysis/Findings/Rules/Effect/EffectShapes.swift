internal import HeapModel

/// What Effect's objects are told by: sets of properties, which minifying leaves alone. Version 3
/// and 4 of the library are meant where nothing else is said.
extension LeakPath {
  var hasEffect: Bool { heap.hasEffect }

  func isFiber(_ index: Int) -> Bool {
    hasProperties(["_observers", "_stack", "_fiberRefs", "_queue"], at: index)
      || hasProperties(["_observers", "_stack", "context"], at: index)
  }

  /// Whether a fiber has its result.
  func isFinishedFiber(_ index: Int) -> Bool {
    let graph = heap.graph
    return graph.edges(of: steps[index].node).contains { edge in
      guard graph.edgeKind[edge] == EdgeKind.property.rawValue,
        ["_exit", "_exitValue"].contains(graph.names[Int(graph.edgeName[edge])])
      else { return false }
      let exit = Int(graph.edgeTarget[edge])
      return graph.nodeKind[exit] == NodeKind.object.rawValue
        && graph.names[Int(graph.nodeName[exit])] != "undefined"
    }
  }

  /// A Queue of version 4 and a Mailbox have `strategy` and `state` too.
  func isScope(_ index: Int) -> Bool {
    hasProperties(["strategy", "state"], at: index) && !hasProperties(["messages"], at: index)
  }

  func isManagedRuntime(_ index: Int) -> Bool {
    hasProperties(["cachedRuntime"], at: index) || hasProperties(["cachedContext"], at: index)
  }
}

extension AnalyzedHeap {
  /// Whether the program uses Effect at all: other libraries have properties of some of these names.
  ///
  /// One walk over the heap's names, made only where a shape fits.
  var hasEffect: Bool {
    (0..<graph.names.count).contains { index in
      let name = graph.names.utf8(index)
      return LibraryMarks.effect.contains { name.starts(with: $0.utf8) }
    }
  }
}
