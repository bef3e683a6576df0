package import HeapModel
internal import Synchronization

/// Readings that live as long as the process.
package final class InMemorySeriesStore: SeriesStore {
  private struct State: Sendable {
    var sequences: [String: UInt64] = [:]
    var usage: [TargetID: [HeapUsage]] = [:]
    var collections: [TargetID: [CollectionActivity]] = [:]
    var histograms: [String: ClassHistogramRecord] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package func append(
    _ readings: [TargetReadings],
    stamp: SequenceStamp
  ) async throws(StoreError) -> Bool {
    state.withLock { state in
      guard stamp.sequence > state.sequences[stamp.agentID, default: 0] else { return false }
      state.sequences[stamp.agentID] = stamp.sequence
      for reading in readings {
        state.usage[reading.targetID, default: []] += reading.usage
        state.collections[reading.targetID, default: []] += reading.collections
      }
      return true
    }
  }

  package func lastSequence(of agentID: String) async throws(StoreError) -> UInt64 {
    state.withLock { $0.sequences[agentID] ?? 0 }
  }

  package func usage(
    of targetID: TargetID,
    in range: Range<UnixNanoseconds>,
    limit: Int
  ) async throws(StoreError) -> [HeapUsage] {
    state.withLock { select($0.usage[targetID] ?? [], in: range, limit: limit) }
  }

  package func collections(
    of targetID: TargetID,
    in range: Range<UnixNanoseconds>,
    limit: Int
  ) async throws(StoreError) -> [CollectionActivity] {
    state.withLock { select($0.collections[targetID] ?? [], in: range, limit: limit) }
  }

  package func latestUsage(
    of targetIDs: [TargetID]
  ) async throws(StoreError) -> [TargetID: HeapUsage] {
    state.withLock { state in
      var latest: [TargetID: HeapUsage] = [:]
      for id in targetIDs { latest[id] = state.usage[id]?.max { $0.time < $1.time } }
      return latest
    }
  }

  package func saveHistogram(
    _ histogram: ClassHistogramRecord,
    of snapshotID: String
  ) async throws(StoreError) {
    state.withLock { $0.histograms[snapshotID] = histogram }
  }

  package func histogram(
    of snapshotID: String
  ) async throws(StoreError) -> ClassHistogramRecord? {
    state.withLock { $0.histograms[snapshotID] }
  }

  package func forget(before time: UnixNanoseconds) async throws(StoreError) {
    state.withLock { state in
      for id in state.usage.keys { state.usage[id]?.removeAll { $0.time < time } }
      for id in state.collections.keys { state.collections[id]?.removeAll { $0.time < time } }
    }
  }

  private func select<Point: PackedPoint>(
    _ points: [Point],
    in range: Range<UnixNanoseconds>,
    limit: Int
  ) -> [Point] {
    Array(
      points.filter { range.contains($0.time) }.sorted { $0.time < $1.time }.prefix(limit)
    )
  }
}
