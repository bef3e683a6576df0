internal import HeapModel

/// Objects that became more in every step below one owner, whatever the owner is.
///
/// The graph shape: an object that was there from the first snapshot on dominates objects that came
/// in every step and stayed. Named after the class among them that says most. Where ids do not
/// hold, the same for classes whose counts grew in every step.
struct GeneralGrowthRule: LeakRule {
  let name = "growth-1"

  func drafts(in context: GrowthContext) -> [FindingDraft] {
    let groups = SpreadGroups(context).groups
    return Companions(groups.compactMap { draft(of: $0, context) }).merged
  }

  private func draft(of group: GrowthGroup, _ context: GrowthContext) -> FindingDraft? {
    for candidate in group.namingCandidates() {
      guard isGrowing(candidate, group, context) else { continue }
      let growth = context.growth(of: candidate.key, candidate.rank, under: group.holder)
      guard
        context.thresholds.areMet(
          candidate.rank,
          objects: growth,
          bytes: group.bytesPerStep
        )
      else { continue }
      return FindingWriter(rule: name, context: context)
        .draft(group: group, candidate: candidate, objectsPerStep: growth)
    }
    return nil
  }

  /// Whether those that came in each step and stayed are enough by themselves.
  private func isGrowing(
    _ candidate: GrowthGroup.Candidate,
    _ group: GrowthGroup,
    _ context: GrowthContext
  ) -> Bool {
    guard context.isComparedByID else { return true }
    return context.thresholds.areMet(
      candidate.rank,
      objects: candidate.countPerStep,
      bytes: group.bytesPerStep
    )
  }
}
