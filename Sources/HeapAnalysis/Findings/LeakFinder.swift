internal import HeapModel

/// Finds what leaks in a series of snapshots of one process.
///
/// A leak must grow on every step. Costs a few passes over each heap and one walk over the last;
/// memory for about 40 bytes per object of all heaps while it runs.
package struct LeakFinder: Sendable {
  private let thresholds: GrowthThresholds

  package init(thresholds: GrowthThresholds = GrowthThresholds()) {
    self.thresholds = thresholds
  }

  /// The leaks, the most important first; what only a debugger keeps comes last.
  package func findings(in series: HeapSeries) -> [Finding] {
    if series.areIDsComparable {
      return findings(GrowthContext(byID: series, thresholds: thresholds))
    }
    let classes = SeriesClasses(series)
    // From the classes that say most to those that every heap is full of: the objects of a growing
    // class count as new, so the fewer there are the sharper is what is found.
    for least in [ClassRank.library, .builtin, .text] {
      let growing = GrowingClasses(
        series,
        classes,
        thresholds: thresholds,
        ranks: .program...least
      ).numbers
      guard !growing.isEmpty else { continue }
      let found = findings(
        GrowthContext(byClass: series, classes, growing: growing, thresholds: thresholds)
      )
      if !found.isEmpty { return found }
    }
    return []
  }

  private func findings(_ context: GrowthContext) -> [Finding] {
    GrowthFinder(context: context).drafts.sorted { $0.isBefore($1) }
      .map { $0.finding(engine: context.last.graph.engine) }
  }
}

extension FindingDraft {
  /// A class of the program says where to look, so it counts for more than its bytes.
  private var weight: Double {
    Double(retainedSize) * (rank <= .suspendedCall ? 8 : 1)
  }

  fileprivate func isBefore(_ other: FindingDraft) -> Bool {
    if isTooling != other.isTooling { return other.isTooling }
    if weight != other.weight { return weight > other.weight }
    return identity.joined(separator: "\n") < other.identity.joined(separator: "\n")
  }
}
