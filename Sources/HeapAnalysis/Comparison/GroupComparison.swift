/// Any number of sets of instances side by side, class by class: one service on three runtimes, or
/// all of its versions that run.
///
/// No set is the one that the others are held against, so nothing is called growth
/// (`FleetComparison` does that). Classes are joined by their names: where they stand in the source
/// and how large one object is differs from engine to engine.
package struct GroupComparison: Hashable, Sendable {
  /// What a group has of one class.
  package struct Share: Hashable, Sendable {
    /// Median over the group's instances; an instance without the class counts as 0.
    ///
    /// Nil where it is not known: too many have it not in their tables, but may have objects of it.
    package let medianCount: Double?
    /// Of the objects themselves, in bytes; nil where the count is not known.
    ///
    /// What they hold is told so differently by the engines that it is not compared.
    package let medianSelfSize: Double?
  }

  /// One class.
  package struct Row: Hashable, Sendable {
    package let name: String
    /// In the order of the groups.
    package let shares: [Share]

    /// How many times as many objects the group with most of them has as the one with fewest; nil
    /// where a group has none, or that is not known of one.
    package var ratio: Double? {
      let counts = shares.compactMap(\.medianCount)
      guard counts.count == shares.count, let least = counts.min(), let most = counts.max(),
        least > 0
      else { return nil }
      return most / least
    }

    /// Whether an engine has made up the name: `(string)` in brackets, as DevTools shows kinds of
    /// objects, or `system / Context`.
    package var isEngineMade: Bool { name.first == "(" || name.hasPrefix("system / ") }

    fileprivate var largestSize: Double { shares.compactMap(\.medianSelfSize).max() ?? 0 }
  }

  /// Largest first; what the engines named comes behind what programs named.
  package let rows: [Row]

  /// Costs a dictionary of all classes of all instances.
  package init(groups: [[ClassHistogram]]) {
    let tables = groups.map { group in
      group.map { (histogram: $0, totals: $0.selfTotalsByName) }
    }
    let names = tables.joined().reduce(into: Set<String>()) { $0.formUnion($1.totals.keys) }
    let rows = names.map { name in
      Row(
        name: name,
        shares: tables.map { group in
          let counts = group.map { table -> ClosedRange<Double> in
            if let total = table.totals[name] { return Double(total.count)...Double(total.count) }
            return 0...Double(table.histogram.mostObjects(ofMissing: name))
          }
          let count = UncertainValues(counts).median
          return Share(
            medianCount: count,
            medianSelfSize: count.map { _ in
              median(group.map { Double($0.totals[name]?.size ?? 0) })
            }
          )
        }
      )
    }
    self.rows = rows.sorted { a, b in
      if a.isEngineMade != b.isEngineMade { return b.isEngineMade }
      return a.largestSize != b.largestSize ? a.largestSize > b.largestSize : a.name < b.name
    }
  }
}
