internal import HeapModel

/// The filters of DevTools' summary view, object by object as DevTools decides.
package enum DevToolsFilter: String, Sendable, CaseIterable {
  case duplicatedStrings = "duplicated-strings"
  case retainedByDetachedNodes = "retained-by-detached-nodes"
  case retainedByConsole = "retained-by-console"
  case retainedByEventHandlers = "retained-by-event-handlers"
  case retainedByContexts = "retained-by-contexts"
}

extension AnalyzedHeap {
  /// The objects that a filter shows, as one byte each.
  ///
  /// "Retained by" is what the root does not reach when some references are not followed. Other than
  /// for dominators, all that are not weak count, and the objects that hold are shown as well.
  ///
  /// - Throws: where the snapshot does not tell of what the filter looks for.
  func objects(shownBy filter: DevToolsFilter) throws(QueryError) -> PooledArray<Bool> {
    try check(filter)
    switch filter {
    case .duplicatedStrings:
      return try DuplicatedStrings(self).isDuplicated
    case .retainedByDetachedNodes:
      let given = graph.detachedness
      return unreached { _, _, target in
        given?[target] == 2 || detachedState.isLetGo(UInt32(target))
      }
    case .retainedByConsole:
      return unreached { node, edge, _ in
        graph.nodeKind[node] == NodeKind.synthetic.rawValue
          && !EdgeKind.isNamedByNumber(graph.edgeKind[edge])
          && graph.names.utf8(Int(graph.edgeName[edge])).ends(with: " / DevTools console".utf8)
      }
    case .retainedByEventHandlers:
      let handlers = eventHandlers()
      return unreached { _, _, target in handlers.contains(UInt32(target)) }
    case .retainedByContexts:
      let isContext = (0..<graph.names.count).map { index in
        let name = graph.names.utf8(index)
        return name.elementsEqual("system / Context".utf8)
          || name.starts(with: "system / Context / ".utf8)
      }
      return unreached { _, _, target in isContext[Int(graph.nodeName[target])] }
    }
  }

  /// What has a distance and is not reached when the references are left out that `isLeftOut`.
  private func unreached(
    _ isLeftOut: (_ node: Int, _ edge: Int, _ target: Int) -> Bool
  ) -> PooledArray<Bool> {
    let isShown: PooledArray<Bool> = pool.array(count: graph.nodeCount)
    for node in 0..<graph.nodeCount {
      isShown.base[node] = distances.base[node] != Self.unreachableDistance
    }
    var pending = [graph.rootOrdinal]
    var isReached = [Bool](repeating: false, count: graph.nodeCount)
    isReached[Int(graph.rootOrdinal)] = true
    while let next = pending.popLast() {
      let node = Int(next)
      isShown.base[node] = false
      for edge in Int(graph.firstEdge[node])..<Int(graph.firstEdge[node + 1]) {
        let target = Int(graph.edgeTarget[edge])
        guard !isReached[target], graph.edgeKind[edge] != EdgeKind.weak.rawValue,
          !isLeftOut(node, edge, target)
        else { continue }
        isReached[target] = true
        pending.append(UInt32(target))
      }
    }
    return isShown
  }

  /// What blink's listeners call: the function where there is one, also one reference further.
  private func eventHandlers() -> Set<UInt32> {
    var handlers: Set<UInt32> = []
    let listeners = (0..<graph.names.count).map {
      graph.names.utf8($0).elementsEqual("V8EventListener".utf8)
    }
    for node in 0..<graph.nodeCount where listeners[Int(graph.nodeName[node])] {
      guard let target = firstTarget(of: node, named: "1") else { continue }
      let next = Int(graph.firstEdge[Int(target)])..<Int(graph.firstEdge[Int(target) + 1])
      let candidates = [target] + next.map { graph.edgeTarget[$0] }
      let function = candidates.first { firstTarget(of: Int($0), named: "code") != nil }
      handlers.insert(function ?? target)
    }
    return handlers
  }

  /// By a name or by a number that is written so.
  private func firstTarget(of node: Int, named name: String) -> UInt32? {
    for edge in Int(graph.firstEdge[node])..<Int(graph.firstEdge[node + 1]) {
      let edgeName = graph.edgeName[edge]
      let isIt =
        EdgeKind.isNamedByNumber(graph.edgeKind[edge])
        ? String(edgeName) == name
        : graph.names.utf8(Int(edgeName)).elementsEqual(name.utf8)
      if isIt { return graph.edgeTarget[edge] }
    }
    return nil
  }
}

extension EdgeKind {
  fileprivate static func isNamedByNumber(_ kind: UInt8) -> Bool {
    EdgeKind(rawValue: kind)?.isNamedByNumber ?? false
  }
}

extension UnsafeBufferPointer<UInt8> {
  fileprivate func ends(with text: String.UTF8View) -> Bool {
    suffix(text.count).elementsEqual(text)
  }
}
