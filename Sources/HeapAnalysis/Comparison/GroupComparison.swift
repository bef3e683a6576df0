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
    package let medianCount: Double
    /// Of the objects themselves, in bytes; what they hold is told so differently by the engines
    /// that it is not compared.
    package let medianSelfSize: Double
  }

  /// One class.
  package struct Row: Hashable, Sendable {
    package let name: String
    /// In the order of the groups.
    package let shares: [Share]

    /// How many times as many objects the group with most of them has as the one with fewest; nil
    /// where a group has none.
    package var ratio: Double? {
      let counts = shares.map(\.medianCount)
      guard let least = counts.min(), let most = counts.max(), least > 0 else { return nil }
      return most / least
    }

    /// Whether an engine has made up the name: `(string)` in brackets, as DevTools shows kinds of
    /// objects, or `system / Context`.
    package var isEngineMade: Bool { name.first == "(" || name.hasPrefix("system / ") }

    fileprivate var largestSize: Double { shares.map(\.medianSelfSize).max() ?? 0 }
  }

  /// Largest first; what the engines named comes behind what programs named.
  package let rows: [Row]

  /// Costs a dictionary of all classes of all instances.
  package init(groups: [[ClassHistogram]]) {
    let totals = groups.map { group in group.map(\.selfTotalsByName) }
    let names = totals.joined().reduce(into: Set<String>()) { $0.formUnion($1.keys) }
    let rows = names.map { name in
      Row(
        name: name,
        shares: totals.map { group in
          let ofClass = group.map { $0[name] ?? ObjectTotal() }
          return Share(
            medianCount: median(ofClass.map { Double($0.count) }),
            medianSelfSize: median(ofClass.map { Double($0.size) })
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
