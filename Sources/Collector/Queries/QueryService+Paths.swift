package import FleetProtocol
package import HeapAnalysis
internal import HeapModel
internal import Store

extension QueryService {
  /// How single objects of a snapshot are held, by conditions.
  ///
  /// Costs what `AnalyzedHeap.paths` does, and the loading of a heap that is not kept any more.
  package func findPaths(_ request: FindPathsRequest) async throws -> FindPathsReply {
    let query = PathQuery(
      try ObjectCondition.all(request.conditions),
      offset: Int(clamping: request.offset),
      limit: min(Int(request.limit), FleetLimits.rows)
    )
    let found = try await analysed(request.snapshotID, waitMilliseconds: request.waitMilliseconds)
    do {
      let selection = try await paths.selection(of: request.snapshotID, query) {
        try await analysis.heap(of: found.upload)
      }
      return FindPathsReply(selection).page
    } catch let error as HeapAnalysis.QueryError {
      throw QueryError(.notPossible, error.description)
    }
  }
}

extension FindPathsReply {
  /// As the collector answers it, and as `retinue analyze` prints it of files.
  package init(_ selection: PathSelection) {
    self.init(
      engine: selection.engine.name,
      count: UInt64(selection.count),
      selfSize: selection.selfSize,
      retainedSize: selection.retainedSize,
      pathlessCount: UInt64(selection.pathlessCount),
      pathlessSelfSize: selection.pathlessSelfSize,
      pathCount: UInt64(selection.pathCount),
      paths: selection.page.map { FoundPath($0) }
    )
  }

  /// As much of it as one answer holds.
  fileprivate var page: Self {
    var paths = Page<FoundPath>(maximumCount: FleetLimits.rows)
    for path in self.paths { guard paths.add(path) else { break } }
    var page = self
    page.paths = paths.rows
    return page
  }
}

extension FoundPath {
  fileprivate init(_ path: PathSelection.Path) {
    self.init(
      fingerprint: path.fingerprint,
      origin: path.origin.name,
      steps: path.steps,
      count: UInt64(path.count),
      selfSize: path.selfSize,
      retainedSize: path.retainedSize,
      exampleID: path.exampleID
    )
  }
}
