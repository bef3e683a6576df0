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
    // First without text and functions, of which every heap has many kinds in one class.
    for ranks in [ClassRank.program...ClassRank.builtin, ClassRank.program...ClassRank.text] {
      let growing = GrowingClasses(series, thresholds: thresholds, ranks: ranks).numbers
      guard !growing.isEmpty else { continue }
      let found = findings(
        GrowthContext(byClass: series, growing: growing, thresholds: thresholds)
      )
      if !found.isEmpty { return found }
    }
    return []
  }

  private func findings(_ context: GrowthContext) -> [Finding] {
    var kept: [RuleFinding] = []
    for rule in LeakRules.all {
      for found in rule.findings(in: context) where !kept.contains(where: { $0.explains(found) }) {
        kept.append(found)
      }
    }
    return kept.sorted { $0.isBefore($1) }.map(\.finding)
  }
}

extension RuleFinding {
  /// Whether this finding, of an earlier rule, is about the same objects.
  fileprivate func explains(_ other: RuleFinding) -> Bool {
    finding.rule != other.finding.rule && holder != nil && holder == other.holder
  }

  /// A class of the program says where to look, so it counts for more than its bytes.
  private var weight: Double {
    Double(finding.retainedSize) * (rank <= .suspendedCall ? 8 : 1)
  }

  fileprivate func isBefore(_ other: RuleFinding) -> Bool {
    if finding.isTooling != other.finding.isTooling { return other.finding.isTooling }
    if weight != other.weight { return weight > other.weight }
    return finding.fingerprint < other.finding.fingerprint
  }
}
