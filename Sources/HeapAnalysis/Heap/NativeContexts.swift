internal import HeapModel

/// How the heap divides between native contexts (pages, frames, vm contexts), as DevTools shows it.
package struct NativeContexts: Hashable, Sendable {
  package struct Context: Hashable, Sendable {
    package let id: UInt64
    package let ordinal: UInt32
    package let name: String
    /// Bytes of all objects that belong to it alone.
    package let attributedSize: UInt64
    package let selfSize: UInt64
    package let retainedSize: UInt64
  }

  package let contexts: [Context]
  /// Bytes that belong to several contexts.
  package let sharedSize: UInt64
  /// Bytes that belong to none.
  package let unattributedSize: UInt64
}

extension NativeContexts {
  init?(
    _ nodes: [UInt32],
    ownership: Ownership,
    graph: HeapGraph,
    detached: DetachedState,
    dominators: DominatorTree
  ) {
    guard let sizes = ownership.contextSizes else { return nil }
    contexts = zip(nodes, sizes).map { node, size in
      let name = graph.names[Int(graph.nodeName[Int(node)])]
      return Context(
        id: graph.nodeID[Int(node)],
        ordinal: node,
        name: detached.isDetached(node) ? "Detached " + name : name,
        attributedSize: size,
        selfSize: ownership.selfSizes[Int(node)],
        retainedSize: dominators.retainedSize[Int(dominators.number[Int(node)])]
      )
    }
    sharedSize = ownership.sharedSize
    unattributedSize = ownership.unattributedSize
  }
}
