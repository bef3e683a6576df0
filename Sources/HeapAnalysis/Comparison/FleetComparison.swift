/// Two sets of instances class by class: a build beside the one before, one service or runtime
/// beside the next.
///
/// Medians and their deviations decide, since one instance under load proves nothing and one odd
/// instance must not hide what forty others show.
package struct FleetComparison: Hashable, Sendable {
  package struct Thresholds: Hashable, Sendable {
    /// How many more objects than the base's median an instance must have.
    package var minimumCount: Int
    /// And how many times as many.
    package var minimumRatio: Double
    /// And so many deviations of the base above its median.
    package var deviations: Double
    /// More than this share of the instances must have grown for a class to be significant.
    package var minimumShare: Double
    /// And at least so many; of fewer in either set nothing can be told.
    package var minimumInstances: Int

    package init(
      minimumCount: Int = 100,
      minimumRatio: Double = 1.5,
      deviations: Double = 4,
      minimumShare: Double = 0.5,
      minimumInstances: Int = 2
    ) {
      self.minimumCount = minimumCount
      self.minimumRatio = minimumRatio
      self.deviations = deviations
      self.minimumShare = minimumShare
      self.minimumInstances = minimumInstances
    }
  }

  /// One class.
  package struct Row: Hashable, Sendable {
    package let name: String
    /// Nil where it is not known: too many instances have it not in their tables, but may have
    /// objects of it.
    package let baseMedianCount: Double?
    package let mainMedianCount: Double?
    /// Bytes retained.
    package let baseMedianSize: Double?
    package let mainMedianSize: Double?
    /// In how many instances of the main set it is more than in the base: "on 41 of 60".
    package let grownInstanceCount: Int
    package let mainInstanceCount: Int
    /// Which, by their place in the main set.
    package let grownInstances: [Int]
    /// Whether so many of them grew that chance does not explain it.
    package let isSignificant: Bool
    /// Bytes by which the median grew at least.
    fileprivate let leastGrowth: Double
  }

  /// What is significant comes first, then what grew in most instances, then by bytes.
  package let rows: [Row]
  /// What cannot be told, and why.
  package let notes: [String]

  package init(
    base: [ClassHistogram],
    main: [ClassHistogram],
    thresholds: Thresholds = Thresholds()
  ) {
    let least = thresholds.minimumInstances
    let isEnough = base.count >= least && main.count >= least
    notes = Self.notes(base, main, isEnough: isEnough, least: least)
    guard !base.isEmpty, !main.isEmpty else {
      rows = []
      return
    }
    let baseTables = base.map(Table.init)
    let mainTables = main.map(Table.init)
    let names = Set((baseTables + mainTables).flatMap(\.counts.keys))
    let rows = names.map { name -> Row in
      let baseCounts = UncertainValues(baseTables.map { $0.count(of: name) })
      let mainCounts = UncertainValues(mainTables.map { $0.count(of: name) })
      let baseSizes = UncertainValues(baseTables.map { $0.size(of: name) })
      let mainSizes = UncertainValues(mainTables.map { $0.size(of: name) })
      // A class that was left out did not come from nothing.
      let limit = Self.limit(baseCounts.most, thresholds)
      let grown = mainCounts.least.indices.filter { mainCounts.least[$0] > limit }
      let share = Double(grown.count) / Double(main.count)
      return Row(
        name: name,
        baseMedianCount: baseCounts.median,
        mainMedianCount: mainCounts.median,
        baseMedianSize: baseCounts.median.flatMap { _ in baseSizes.median },
        mainMedianSize: mainCounts.median.flatMap { _ in mainSizes.median },
        grownInstanceCount: grown.count,
        mainInstanceCount: main.count,
        grownInstances: grown,
        isSignificant: isEnough && grown.count >= least && share > thresholds.minimumShare,
        leastGrowth: median(mainSizes.least) - median(baseSizes.most)
      )
    }
    self.rows = rows.sorted { a, b in
      if a.isSignificant != b.isSignificant { return a.isSignificant }
      if a.grownInstanceCount != b.grownInstanceCount {
        return a.grownInstanceCount > b.grownInstanceCount
      }
      return a.leastGrowth != b.leastGrowth ? a.leastGrowth > b.leastGrowth : a.name < b.name
    }
  }

  private static func notes(
    _ base: [ClassHistogram],
    _ main: [ClassHistogram],
    isEnough: Bool,
    least: Int
  ) -> [String] {
    var notes: [String] = []
    if !isEnough {
      notes.append(
        "too few instances to tell: base has \(base.count) and main \(main.count), and nothing is "
          + "significant with fewer than \(least) in each"
      )
    }
    let cutCount = (base + main).count { $0.omission != nil }
    if cutCount > 0 {
      notes.append(
        "of \(cutCount) of the instances only the largest classes are kept: what is missing there is "
          + "not counted as 0, and a median that depends on it is not told"
      )
    }
    return notes
  }

  /// Above this an instance has grown.
  private static func limit(_ base: [Double], _ thresholds: Thresholds) -> Double {
    let middle = median(base)
    // Scaled so that it equals the standard deviation of a normal distribution.
    let deviation = 1.4826 * median(base.map { abs($0 - middle) })
    return max(
      middle * thresholds.minimumRatio,
      middle + thresholds.deviations * deviation,
      middle + Double(thresholds.minimumCount)
    )
  }
}

/// One instance, by the names of classes.
private struct Table {
  let counts: [String: Int]
  private let sizes: [String: UInt64]
  private let histogram: ClassHistogram

  init(_ histogram: ClassHistogram) {
    counts = histogram.countsByName
    sizes = histogram.sizesByName
    self.histogram = histogram
  }

  /// As few and as many as it can be.
  func count(of name: String) -> ClosedRange<Double> {
    if let count = counts[name] { return Double(count)...Double(count) }
    return 0...Double(histogram.mostObjects(ofMissing: name))
  }

  func size(of name: String) -> ClosedRange<Double> {
    if let size = sizes[name] { return Double(size)...Double(size) }
    return 0...Double(histogram.omission?.largestRetainedSize ?? 0)
  }
}
