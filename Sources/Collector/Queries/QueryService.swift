internal import FleetProtocol
internal import HeapModel
package import Log
package import Store

/// Answers what people and programs ask.
///
/// One method of the contract is one method here, in the file of its subject. Lists are pages of
/// at most a megabyte; whoever reads in between never holds anything up.
package struct QueryService: Sendable {
  let metadata: any MetadataStore
  let series: any SeriesStore
  let blobs: any BlobStore
  let acts: ActCoordinator
  let analysis: AnalysisService
  let comparisons = ComparisonCache()
  let selections = SelectionCache()
  let paths = PathCache()
  let growth: GrowthCache
  let clock: any CollectorClock
  let log: Logger
  let version: String
  let space: @Sendable () -> DiskSpace?

  package init(
    metadata: any MetadataStore,
    series: any SeriesStore,
    blobs: any BlobStore,
    acts: ActCoordinator,
    analysis: AnalysisService,
    clock: any CollectorClock,
    log: Logger,
    version: String,
    space: @escaping @Sendable () -> DiskSpace?
  ) {
    self.metadata = metadata
    self.series = series
    self.blobs = blobs
    self.acts = acts
    self.analysis = analysis
    self.growth = GrowthCache(series: series, clock: clock)
    self.clock = clock
    self.log = log
    self.version = version
    self.space = space
  }

  // MARK: - What all answers need

  func filter(
    _ choice: Choice,
    includesGone: Bool
  ) throws(QueryError) -> TargetFilter {
    switch choice {
    case .target(let id):
      // A target that is asked for by name is shown whatever became of it.
      return TargetFilter(id: id)
    case .selector(let text):
      do throws(SelectorError) {
        return TargetFilter(selector: try Selector(text), includesGone: includesGone)
      } catch {
        throw QueryError(error)
      }
    }
  }

  /// All targets that are chosen, a page of the store at a time.
  ///
  /// - Throws: `.notFound` where a target is named that is not known.
  func targets(
    _ choice: Choice,
    includesGone: Bool
  ) async throws(QueryError) -> [TargetRecord] {
    let filter = try filter(choice, includesGone: includesGone)
    var found: [TargetRecord] = []
    while true {
      let cursor = found.last?.description.id
      let page = try await storing {
        try await metadata.targets(filter, after: cursor, limit: 1_024)
      }
      found += page
      if page.count < 1_024 { break }
    }
    if found.isEmpty, case .target(let id) = choice {
      throw QueryError(.notFound, "there is no target \(id)")
    }
    return found
  }

  func storing<Value: Sendable>(
    _ body: () async throws -> Value
  ) async throws(QueryError) -> Value {
    do {
      return try await body()
    } catch let error as StoreError {
      throw QueryError(error)
    } catch {
      throw QueryError(.unavailable, "\(error)")
    }
  }

  /// Writes down who did what, before it is answered.
  func audit(
    _ caller: Caller,
    _ action: String,
    on object: String,
    _ detail: String = ""
  ) async throws(QueryError) {
    let record = AuditRecord(
      time: clock.now(),
      actor: caller.name,
      action: action,
      object: object,
      detail: detail
    )
    try await storing { try await metadata.audit(record) }
  }
}

extension Choice {
  /// How the audit trail names it.
  var auditName: String {
    switch self {
    case .target(let id): id.description
    case .selector(let text): text.isEmpty ? "all" : text
    }
  }
}
