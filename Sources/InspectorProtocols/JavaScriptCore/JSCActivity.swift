internal import HeapModel
internal import JSONStream

/// Collections that Bun's events told since the last reading.
///
/// An idle program collects once a second. Events tell when a collection began and ended, in
/// seconds, and no sizes.
struct JSCActivity: Sendable {
  private struct Counter: Sendable {
    var count: UInt32 = 0
    var pause: UInt64 = 0
    var longest: UInt64 = 0
  }

  private var counters: [CollectionActivity.Kind: Counter] = [:]
  /// Full collections that we asked for since the last reading.
  var forced: UInt32 = 0
  /// Pause of the last full collection.
  private(set) var lastFullPause: UInt64?

  mutating func record(_ collection: JSONValue) {
    let isFull = collection["type"]?.string == "full"
    let pause = Self.nanoseconds(collection)
    if isFull { lastFullPause = pause }
    var counter = counters[isFull ? .major : .minor] ?? Counter()
    counter.count &+= 1
    counter.pause &+= pause
    counter.longest = max(counter.longest, pause)
    counters[isFull ? .major : .minor] = counter
  }

  /// A collection of ours begins: what `lastFullPause` says next is about it.
  mutating func expectForced() {
    forced &+= 1
    lastFullPause = nil
  }

  /// What happened since the last reading; counting begins anew.
  mutating func take(_ usage: HeapUsage) -> UsageReading {
    defer {
      counters = [:]
      forced = 0
    }
    let collections = CollectionActivity.Kind.allCases.compactMap { kind in
      counters[kind].map { counter in
        CollectionActivity(
          kind: kind,
          time: usage.time,
          count: counter.count,
          pauseNanoseconds: counter.pause,
          longestPauseNanoseconds: counter.longest,
          // Usage is as of the last full collection, which this was.
          usedAfter: kind == .major ? usage.used : nil,
          forcedCount: kind == .major ? min(forced, counter.count) : 0
        )
      }
    }
    return UsageReading(usage: usage, collections: collections)
  }

  private static func nanoseconds(_ collection: JSONValue) -> UInt64 {
    guard let start = collection["startTime"]?.double, let end = collection["endTime"]?.double,
      end > start, end - start < 1e6
    else { return 0 }
    return UInt64((end - start) * 1e9)
  }
}
