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
    /// The share of instances that must have grown for a class to be significant.
    package var minimumShare: Double

    package init(
      minimumCount: Int = 100,
      minimumRatio: Double = 1.5,
      deviations: Double = 4,
      minimumShare: Double = 0.5
    ) {
      self.minimumCount = minimumCount
      self.minimumRatio = minimumRatio
      self.deviations = deviations
      self.minimumShare = minimumShare
    }
  }

  /// One class.
  package struct Row: Hashable, Sendable {
    package let name: String
    package let baseMedianCount: Double
    package let mainMedianCount: Double
    /// Bytes retained.
    package let baseMedianSize: Double
    package let mainMedianSize: Double
    /// In how many instances of the main set it is more than in the base: "on 41 of 60".
    package let grownInstanceCount: Int
    package let mainInstanceCount: Int
    /// Which, by their place in the main set.
    package let grownInstances: [Int]
    /// Whether so many of them grew that chance does not explain it.
    package let isSignificant: Bool
  }

  /// What is significant comes first, then what grew in most instances, then by bytes.
  package let rows: [Row]

  package init(
    base: [ClassHistogram],
    main: [ClassHistogram],
    thresholds: Thresholds = Thresholds()
  ) {
    guard !base.isEmpty, !main.isEmpty else {
      rows = []
      return
    }
    let counts = (base.map(\.countsByName), main.map(\.countsByName))
    let sizes = (base.map(\.sizesByName), main.map(\.sizesByName))
    let names = Set((counts.0 + counts.1).flatMap(\.keys))
    let rows = names.map { name -> Row in
      let baseCounts = counts.0.map { Double($0[name] ?? 0) }
      let mainCounts = counts.1.map { Double($0[name] ?? 0) }
      let limit = Self.limit(baseCounts, thresholds)
      let grown = mainCounts.indices.filter { mainCounts[$0] > limit }
      let share = Double(grown.count) / Double(main.count)
      return Row(
        name: name,
        baseMedianCount: median(baseCounts),
        mainMedianCount: median(mainCounts),
        baseMedianSize: median(sizes.0.map { Double($0[name] ?? 0) }),
        mainMedianSize: median(sizes.1.map { Double($0[name] ?? 0) }),
        grownInstanceCount: grown.count,
        mainInstanceCount: main.count,
        grownInstances: grown,
        isSignificant: !grown.isEmpty && share >= thresholds.minimumShare
      )
    }
    self.rows = rows.sorted { a, b in
      if a.isSignificant != b.isSignificant { return a.isSignificant }
      if a.grownInstanceCount != b.grownInstanceCount {
        return a.grownInstanceCount > b.grownInstanceCount
      }
      let growth = (a.mainMedianSize - a.baseMedianSize, b.mainMedianSize - b.baseMedianSize)
      return growth.0 != growth.1 ? growth.0 > growth.1 : a.name < b.name
    }
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

/// The middle of the values, 0 for none.
func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
