package import HeapModel
internal import Store

/// How fast the floor of a heap rises: what is left after major collections, over time.
///
/// The level between collections says how much garbage there is and nothing about a leak; the
/// floor is what the program keeps. Its slope is estimated by Theil and Sen (the median of the
/// slopes between all pairs of floors), which a few wild points do not move, with Sen's interval,
/// which Kendall's statistic gives.
package struct FloorGrowth: Hashable, Sendable {
  package var bytesPerHour: Double
  /// The bounds of the interval at 95 %.
  package var low: Double
  package var high: Double
  /// On how many floors it rests.
  package var points: Int

  /// Whether the floor rises, by the whole interval.
  package var isSignificant: Bool { low > 0 }

  package struct Limits: Sendable {
    /// A young process fills its caches: what it was then is not looked at.
    package var warmUp = 30 * second
    package var minimumPoints = 6
    package var minimumSpan = 60 * second
    /// The newest floors are enough; pairs grow with the square.
    package var maximumPoints = 400

    package init() {}
  }

  /// One floor: heap used right after a major collection.
  package struct Floor: Hashable, Sendable {
    package var time: UnixNanoseconds
    package var used: UInt64

    package init(time: UnixNanoseconds, used: UInt64) {
      self.time = time
      self.used = used
    }
  }

  /// Nil where the floors do not tell: too few, over too short a time, or of a young process.
  package init?(
    _ floors: [Floor],
    startedAt: UnixNanoseconds,
    limits: Limits = Limits()
  ) {
    let (judgedFrom, isFuture) = startedAt.addingReportingOverflow(limits.warmUp)
    guard isFuture == false else { return nil }
    let grown = floors.filter { $0.time >= judgedFrom }.sorted { $0.time < $1.time }
      .suffix(limits.maximumPoints)
    guard grown.count >= limits.minimumPoints, let first = grown.first, let last = grown.last,
      last.time - first.time >= limits.minimumSpan
    else { return nil }
    let slopes = Self.slopes(of: Array(grown), from: first.time)
    guard slopes.isEmpty == false else { return nil }
    points = grown.count
    bytesPerHour = Self.median(slopes)
    let margin = Self.margin(points: grown.count, used: grown.map(\.used))
    let middle = Double(slopes.count)
    low = slopes[Self.clamp((middle - margin) / 2, slopes.count)]
    high = slopes[Self.clamp((middle + margin) / 2, slopes.count)]
  }

  /// The slopes between all pairs, in bytes per hour, from the lowest to the highest.
  private static func slopes(of floors: [Floor], from start: UnixNanoseconds) -> [Double] {
    let times = floors.map { Double($0.time - start) / Double(hour) }
    var slopes: [Double] = []
    slopes.reserveCapacity(floors.count * (floors.count - 1) / 2)
    for later in floors.indices {
      for earlier in 0..<later where times[later] > times[earlier] {
        let rise = Double(floors[later].used) - Double(floors[earlier].used)
        slopes.append(rise / (times[later] - times[earlier]))
      }
    }
    return slopes.sorted()
  }

  private static func median(_ sorted: [Double]) -> Double {
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// How many ranks the interval reaches to each side, twice: 1.96 standard deviations of
  /// Kendall's statistic, whose variance equal values lower.
  private static func margin(points: Int, used: [UInt64]) -> Double {
    func term(_ count: Int) -> Double {
      Double(count) * Double(count - 1) * Double(2 * count + 5)
    }
    let ties = Dictionary(grouping: used, by: { $0 }).values.map(\.count)
    let variance = (term(points) - ties.map(term).reduce(0, +)) / 18
    return 1.96 * max(variance, 0).squareRoot()
  }

  private static func clamp(_ rank: Double, _ count: Int) -> Int {
    min(max(Int(rank.rounded()), 0), count - 1)
  }
}

extension FloorGrowth {
  /// The floors that readings show.
  ///
  /// Where an engine reports its collections, these say it; else its usage is as of the last
  /// collection already, and each change of it is a floor.
  package static func floors(
    collections: [CollectionActivity],
    usage: [HeapUsage],
    capabilities: Capabilities
  ) -> [Floor] {
    let reported = collections.compactMap { activity -> Floor? in
      guard activity.kind == .major, let used = activity.usedAfter else { return nil }
      return Floor(time: activity.time, used: used)
    }
    if reported.isEmpty == false || capabilities.contains(.liveUsage) { return reported }
    var floors: [Floor] = []
    for reading in usage where reading.used != floors.last?.used {
      floors.append(Floor(time: reading.time, used: reading.used))
    }
    return floors
  }
}
