internal import FleetProtocol
internal import HeapAnalysis

/// The last selections of objects, so that their further pages cost nothing.
actor SelectionCache {
  private struct Key: Hashable {
    var snapshotID: String
    var conditions: [ObjectCondition]
    var order: ObjectQuery.Order
  }

  /// A selection whose page is a stretch of all that was found.
  private struct Stretch {
    var offset: Int
    var limit: Int
    var selection: ObjectSelection

    /// The part of it that a query asks for; nil where it asks for others.
    func answer(to query: ObjectQuery) -> ObjectSelection? {
      guard query.limit > 0 else { return selection.page(dropFirst: 0, limit: 0) }
      let skipped = query.offset - offset
      guard skipped >= 0, query.limit <= limit - skipped else { return nil }
      return selection.page(dropFirst: skipped, limit: query.limit)
    }
  }

  /// Objects that are kept of each; the most that `retinue analyze` lists.
  private static let stretch = 8 * FleetLimits.rows

  private let work = BlockingWork(label: "collector.selection")
  private var kept = LatestValues<Key, Stretch>(maximumCount: 4)

  /// - Throws: what `heap` throws; `HeapAnalysis.QueryError` where the heap does not tell.
  func selection(
    of snapshotID: String,
    _ query: ObjectQuery,
    heap: @Sendable () async throws -> HeapLibrary.Held
  ) async throws -> ObjectSelection {
    let key = Key(snapshotID: snapshotID, conditions: query.conditions, order: query.order)
    if let known = kept[key]?.answer(to: query) { return known }
    let held = try await heap()
    var wider = query
    wider.limit = max(query.limit, Self.stretch)
    let made = try await work.run { [wider] in try held.heap.select(wider) }
    withExtendedLifetime(held.memory) {}
    kept.keep(Stretch(offset: query.offset, limit: wider.limit, selection: made), for: key)
    return made.page(dropFirst: 0, limit: query.limit)
  }
}
