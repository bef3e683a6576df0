internal import FleetProtocol
internal import HeapAnalysis

/// The last answers of how objects are held, so that their further pages cost nothing.
actor PathCache {
  private struct Key: Hashable {
    var snapshotID: String
    var conditions: [ObjectCondition]
  }

  /// Paths that are kept of each, from the first on; the most that `retinue analyze` lists.
  private static let keptCount = 8 * FleetLimits.rows

  private let work = BlockingWork(label: "collector.paths")
  private var kept = LatestValues<Key, PathSelection>(maximumCount: 4)

  /// - Throws: what `heap` throws; `HeapAnalysis.QueryError` where the heap does not tell.
  func selection(
    of snapshotID: String,
    _ query: PathQuery,
    heap: @Sendable () async throws -> HeapLibrary.Held
  ) async throws -> PathSelection {
    let key = Key(snapshotID: snapshotID, conditions: query.conditions)
    let end = query.offset.addingClamped(query.limit)
    if let known = kept[key], min(end, known.pathCount) <= known.page.count {
      return known.page(dropFirst: query.offset, limit: query.limit)
    }
    let held = try await heap()
    defer { withExtendedLifetime(held.memory) {} }
    // What lies behind all that is kept is made for itself alone.
    guard end <= Self.keptCount else { return try await work.run { try held.heap.paths(query) } }
    let first = PathQuery(query.conditions, limit: Self.keptCount)
    let made = try await work.run { try held.heap.paths(first) }
    kept.keep(made, for: key)
    return made.page(dropFirst: query.offset, limit: query.limit)
  }
}

extension Int {
  fileprivate func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
