package import HeapModel

/// The steps of an analysis, in their order.
package enum AnalysisPhase: String, Sendable, CaseIterable {
  case names
  case references
  case distances
  case ownership
  case numbering
  case dominators
  case classes
}

/// Works out everything about one heap: sizes, distances, dominators, classes.
///
/// For a V8 heap the numbers are those of Chrome DevTools, to the byte. The rules are the same for
/// every engine, so another engine's heap has the numbers that DevTools would show of it.
///
/// Costs about 100 ns and, at the peak, 16 bytes per reference beside the graph, on one core. The
/// steps are in `docs/analysis.md`.
package struct HeapAnalyzer: Sendable {
  /// Memory to use again, also for the graphs: `HeapGraphBuilder(memory: analyzer.pool)`.
  package let pool: MemoryPool

  /// - Parameter pool: memory to use again, for a process that analyses many heaps.
  package init(pool: MemoryPool = MemoryPool()) {
    self.pool = pool
  }

  /// Analyses a heap with memory of its own.
  package static func analyze(
    _ graph: HeapGraph,
    progress: ((AnalysisPhase) -> Void)? = nil
  ) throws(AnalysisError) -> AnalyzedHeap {
    try HeapAnalyzer().analyze(graph, progress: progress)
  }

  /// - Parameter progress: told each step as it begins.
  /// - Throws: `AnalysisError`; `cancelled` when the current task is.
  package func analyze(
    _ graph: HeapGraph,
    progress: ((AnalysisPhase) -> Void)? = nil
  ) throws(AnalysisError) -> AnalyzedHeap {
    func begin(_ phase: AnalysisPhase) throws(AnalysisError) {
      if Task.isCancelled { throw .cancelled }
      progress?(phase)
    }
    try Self.check(graph)

    try begin(.names)
    let roles = NameRoles(names: graph.names, pool: pool)
    let detached = DetachedState(graph)

    try begin(.references)
    var survey = HeapSurvey(graph: graph, roles: roles, detached: detached, pool: pool)
    try survey.run()

    try begin(.distances)
    let starts = WalkStarts(graph: graph, roles: roles)
    let (distances, hasPageBoundary) = measureDistances(survey, starts)

    try begin(.ownership)
    let contexts = survey.nativeContexts
    let ownership = settleOwnership(survey, movesSizes: !starts.userRoots.isEmpty)

    try begin(.numbering)
    let numbered = number(consume survey, hasPageBoundary)

    try begin(.dominators)
    let dominators = findDominators(numbered, ownership.selfSizes)

    try begin(.classes)
    let assignment = ClassAssignment(
      graph: graph,
      roles: roles,
      detached: detached,
      definitions: nil,
      pool: pool
    )
    return AnalyzedHeap(
      graph: graph,
      roles: roles,
      detached: detached,
      assignment: assignment,
      table: ClassTable(
        assignment: assignment,
        selfSize: ownership.selfSizes,
        distance: distances,
        dominators: dominators,
        pool: pool
      ),
      statistics: HeapStatistics(
        graph: graph,
        roles: roles,
        detached: detached,
        ownership: ownership,
        total: dominators.retainedSize[1] &+ graph.extraNativeBytes
      ),
      nativeContexts: NativeContexts(
        contexts,
        ownership: ownership,
        graph: graph,
        detached: detached,
        dominators: dominators
      ),
      dominators: dominators,
      selfSizes: ownership.selfSizes,
      distances: distances,
      pool: pool
    )
  }

  private static func check(_ graph: HeapGraph) throws(AnalysisError) {
    guard graph.nodeCount < 1 << 31 else {
      throw .tooLarge("\(graph.nodeCount) objects, the limit is \((1 << 31) - 1)")
    }
    guard graph.edgeCount <= Int(UInt32.max) else {
      throw .tooLarge("\(graph.edgeCount) references, the limit is \(UInt32.max)")
    }
    guard graph.nodeCount > 0, Int(graph.rootOrdinal) < graph.nodeCount else {
      throw .inconsistentGraph("there is no root object")
    }
    let nodes = [
      graph.nodeName.count, graph.nodeID.count, graph.selfSize.count, graph.firstEdge.count - 1,
      graph.detachedness?.count ?? graph.nodeCount,
    ]
    guard nodes.allSatisfy({ $0 == graph.nodeCount }),
      graph.edgeKind.count == graph.edgeCount, graph.edgeName.count == graph.edgeCount
    else {
      throw .inconsistentGraph("its columns are not of one length")
    }
  }

  // One function per step: what only the step needs goes back to the pool at its end.

  private func measureDistances(
    _ survey: HeapSurvey,
    _ starts: WalkStarts
  ) -> (PooledArray<Int32>, hasPageBoundary: Bool) {
    var walk = DistanceWalk(survey: survey, starts: starts, pool: pool)
    walk.run()
    return (walk.distance, walk.hasPageBoundary)
  }

  private func settleOwnership(_ survey: HeapSurvey, movesSizes: Bool) -> Ownership {
    var walk = OwnershipWalk(survey: survey, movesSizes: movesSizes, pool: pool)
    walk.run()
    return walk.result(pool: pool)
  }

  private func number(_ survey: consuming HeapSurvey, _ hasPageBoundary: Bool) -> NumberedHeap {
    var numbering = DepthFirstNumbering(
      survey: survey,
      hasPageBoundary: hasPageBoundary,
      pool: pool
    )
    return numbering.run()
  }

  private func findDominators(
    _ numbered: NumberedHeap,
    _ selfSizes: PooledArray<UInt64>
  ) -> DominatorTree {
    var semiDominators = SemiDominators(numbered, pool: pool)
    return DominatorTree(
      number: numbered.number,
      vertex: numbered.vertex,
      dominator: semiDominators.run(),
      selfSize: selfSizes,
      pool: pool
    )
  }
}
