internal import HeapModel
internal import JSONStream

/// Collections that Firefox's events told since the last reading: major ones only.
///
/// An event is about one collection and lists its slices, each a pause in milliseconds; sizes are
/// not told.
struct FirefoxActivity: Sendable {
  private var count: UInt32 = 0
  private var pause: UInt64 = 0
  private var longest: UInt64 = 0
  private var forced: UInt32 = 0
  /// Of the collections since `expectForced`.
  private(set) var forcedPause: UInt64 = 0

  mutating func record(_ data: JSONValue) {
    count &+= 1
    // A slice every 16 ms: some hundred in the longest.
    for slice in (data["collections"]?.array ?? []).prefix(10_000) {
      let length = Self.nanoseconds(slice)
      pause &+= length
      forcedPause &+= length
      longest = max(longest, length)
    }
    if data["reason"]?.string == "COMPONENT_UTILS" { forced &+= 1 }
  }

  /// A collection of ours begins.
  mutating func expectForced() {
    forcedPause = 0
  }

  /// What happened since the last reading; counting begins anew.
  mutating func take(_ usage: HeapUsage) -> UsageReading {
    defer { self = FirefoxActivity() }
    guard count > 0 else { return UsageReading(usage: usage, collections: []) }
    let activity = CollectionActivity(
      kind: .major,
      time: usage.time,
      count: count,
      pauseNanoseconds: pause,
      longestPauseNanoseconds: longest,
      forcedCount: forced
    )
    return UsageReading(usage: usage, collections: [activity])
  }

  private static func nanoseconds(_ slice: JSONValue) -> UInt64 {
    guard let start = slice["startTimestamp"]?.double, let end = slice["endTimestamp"]?.double,
      end > start, end - start < 1e9
    else { return 0 }
    return UInt64((end - start) * 1e6)
  }
}

/// The answer of `measure`.
enum FirefoxUsage {
  private static let heap = ["jsObjectsSize", "jsStringsSize", "jsOtherSize"]
  private static let others = ["domSize", "styleSize", "otherSize"]

  /// - Throws: `noAnswer` for processes without a window, which answer nothing.
  static func read(_ reply: Reply, at now: Moment) throws(SessionFailure) -> HeapUsage {
    let packet = try reply.packet
    guard let total = packet.count("total"), packet.count("jsObjectsSize") != nil else {
      throw SessionFailure(.noAnswer, "Firefox told no memory usage")
    }
    let spaces = (heap + others).compactMap { name in
      packet.count(name).map { HeapSpace(name: name, used: $0, size: $0) }
    }
    let used = heap.reduce(0) { $0 &+ (packet.count($1) ?? 0) }
    return HeapUsage(time: now.wall, used: used, total: total, spaces: spaces)
  }
}
