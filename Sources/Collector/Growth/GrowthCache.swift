package import HeapModel
package import Store

/// The growth of targets' floors, worked out from stored readings and kept for a few seconds:
/// lists are asked for again and again.
package actor GrowthCache {
  /// Older floors than these say what the program was and not what it is.
  private static let window = 6 * hour
  private static let lifetime = 10 * second
  private static let maximumCount = 4_096

  private struct Entry {
    var growth: FloorGrowth?
    var until: UnixNanoseconds
  }

  private let series: any SeriesStore
  private let clock: any CollectorClock
  private var entries: [TargetID: Entry] = [:]

  package init(series: any SeriesStore, clock: any CollectorClock) {
    self.series = series
    self.clock = clock
  }

  /// Nil while the readings do not tell.
  package func growth(of target: TargetDescription) async throws(StoreError) -> FloorGrowth? {
    let now = clock.now()
    if let entry = entries[target.id], entry.until > now { return entry.growth }
    let growth = try await compute(target, now: now)
    if entries.count >= Self.maximumCount { entries.removeAll() }
    entries[target.id] = Entry(growth: growth, until: now + Self.lifetime)
    return growth
  }

  private func compute(
    _ target: TargetDescription,
    now: UnixNanoseconds
  ) async throws(StoreError) -> FloorGrowth? {
    let start = now > Self.window ? now - Self.window : 0
    // Agents' clocks may be ahead of ours.
    let range = start..<now + Self.window
    let collections = try await series.collections(of: target.id, in: range, limit: 20_000)
    let reportsCollections =
      target.capabilities.contains(.liveUsage) || collections.isEmpty == false
    let usage =
      reportsCollections ? [] : try await series.usage(of: target.id, in: range, limit: 20_000)
    let floors = FloorGrowth.floors(
      collections: collections,
      usage: usage,
      capabilities: target.capabilities
    )
    return FloorGrowth(floors, startedAt: target.startedAt)
  }
}
