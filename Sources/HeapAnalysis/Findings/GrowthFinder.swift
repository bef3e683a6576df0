internal import HeapModel

/// Finds objects that became more in every step below one owner, whatever the owner is.
///
/// An object that was there from the first snapshot on dominates objects that came in every step
/// and stayed. Named after the class among them that says most. Where ids do not hold, the same for
/// classes whose counts grew in every step.
struct GrowthFinder {
  /// Part of the fingerprints: a finder that finds other owners or paths than before gets another.
  ///
  /// Which rule explains a find is no part of them, so a leak stays the same finding when a
  /// later version explains it better.
  static let version = "growth-1"

  let context: GrowthContext

  var drafts: [FindingDraft] {
    Companions(SpreadGroups(context).groups.compactMap(draft)).merged
  }

  private func draft(of group: GrowthGroup) -> FindingDraft? {
    for candidate in group.namingCandidates() {
      guard isGrowing(candidate, group) else { continue }
      let growth = context.growth(of: candidate.key, candidate.rank, under: group.holder)
      guard
        context.thresholds.areMet(
          candidate.rank,
          objects: growth,
          bytes: context.bytesPerStep(group, candidate, growth: growth)
        )
      else { continue }
      return FindingWriter(context: context)
        .draft(group: group, candidate: candidate, objectsPerStep: growth)
    }
    return nil
  }

  /// Whether those that came in each step and stayed are enough by themselves.
  private func isGrowing(_ candidate: GrowthGroup.Candidate, _ group: GrowthGroup) -> Bool {
    guard context.isComparedByID else { return true }
    return context.thresholds.areMet(
      candidate.rank,
      objects: candidate.countPerStep,
      bytes: group.bytesPerStep
    )
  }
}
