internal import HeapAnalysis
internal import Store

/// The last comparisons, so that their further pages cost nothing.
actor ComparisonCache {
  private struct Key: Hashable {
    var base: String
    var main: String
  }

  private let work = BlockingWork(label: "collector.comparison")
  private var kept = LatestValues<Key, HeapComparison>(maximumCount: 4)

  func comparison(
    of base: UploadRecord,
    _ main: UploadRecord,
    byID: Bool,
    heaps: @Sendable () async throws -> [HeapLibrary.Held]
  ) async throws -> HeapComparison {
    let key = Key(base: base.id, main: main.id)
    if let known = kept[key] { return known }
    let heaps = try await heaps()
    let made = try await work.run {
      HeapComparison.compare(base: heaps[0].heap, main: heaps[1].heap, areIDsComparable: byID)
    }
    // Their memory counts as taken until here.
    withExtendedLifetime(heaps) {}
    kept.keep(made, for: key)
    return made
  }
}
