/// What the garbage collector did between two readings of one target.
///
/// Aggregated inside the target, since one event of V8's own profiler is 3.9 KB of JSON.
package struct CollectionActivity: Hashable, Sendable {
  package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// A scavenge, or a partial (eden) collection.
    case minor = 1
    /// A mark-compact, or a full collection.
    case major = 2
    case incremental = 3
    case weakCallbacks = 4

    /// The name that OpenTelemetry and prom-client use.
    package var name: String {
      switch self {
      case .minor: "minor"
      case .major: "major"
      case .incremental: "incremental"
      case .weakCallbacks: "weakcb"
      }
    }
  }

  package var kind: Kind
  package var time: UnixNanoseconds
  package var count: UInt32
  /// Sum of the pauses.
  package var pauseNanoseconds: UInt64
  package var longestPauseNanoseconds: UInt64
  /// Heap used before the first and after the last of them, where the engine tells.
  package var usedBefore: UInt64?
  package var usedAfter: UInt64?
  /// How many of `count` we asked for ourselves.
  package var forcedCount: UInt32

  package init(
    kind: Kind,
    time: UnixNanoseconds,
    count: UInt32,
    pauseNanoseconds: UInt64,
    longestPauseNanoseconds: UInt64 = 0,
    usedBefore: UInt64? = nil,
    usedAfter: UInt64? = nil,
    forcedCount: UInt32 = 0
  ) {
    self.kind = kind
    self.time = time
    self.count = count
    self.pauseNanoseconds = pauseNanoseconds
    self.longestPauseNanoseconds = longestPauseNanoseconds
    self.usedBefore = usedBefore
    self.usedAfter = usedAfter
    self.forcedCount = forcedCount
  }
}
