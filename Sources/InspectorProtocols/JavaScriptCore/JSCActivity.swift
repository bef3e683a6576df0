internal import HeapModel
internal import JSONStream

/// Collections that events told since the last reading.
///
/// An idle program of Bun collects once a second. Events tell when a collection began and ended, in
/// seconds, and no sizes: what was left after the last of them Bun tells with a reading, and WebKitGTK not at
/// all.
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
  /// What was in use after the last collection of any kind, as of the last reading; nil where the
  /// engine does not tell it.
  var usedAfterLast: UInt64?
  private var lastKind: CollectionActivity.Kind?

  mutating func record(_ collection: JSONValue) {
    let isFull = collection["type"]?.string == "full"
    let pause = Self.nanoseconds(collection)
    let kind = isFull ? CollectionActivity.Kind.major : .minor
    lastKind = kind
    if isFull { lastFullPause = pause }
    var counter = counters[kind] ?? Counter()
    counter.count &+= 1
    counter.pause &+= pause
    counter.longest = max(counter.longest, pause)
    counters[kind] = counter
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
      lastKind = nil
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
          usedAfter: kind == lastKind ? usedAfterLast : nil,
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
