/// Looks for one shape of leak in a series.
///
/// A rule answers nothing, or findings with its own words. It is asked once, and may use
/// everything that the context worked out; what several rules find of one leak is sorted out
/// afterwards, by `LeakFinder`.
protocol LeakRule: Sendable {
  /// The rule with its version, `growth-1`: part of the fingerprints, so a rule that finds other
  /// paths than before gets a new one.
  var name: String { get }

  func drafts(in context: GrowthContext) -> [FindingDraft]
}

/// All rules, in the order in which they explain a leak: the first that finds it names it.
enum LeakRules {
  static let all: [any LeakRule] = [
    GeneralGrowthRule()
  ]
}
