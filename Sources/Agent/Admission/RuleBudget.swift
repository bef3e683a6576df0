package import Configuration
package import HeapModel
internal import InspectorProtocols

/// What a rule of the configuration lets the snapshots of a process cost, and what was spent.
///
/// A person at the host set it, so nobody overrides it from afar: each refusal says by which key
/// of which line it is lifted.
package struct RuleBudget: Sendable, Hashable {
  package static let day: UInt64 = 24 * 3_600 * 1_000_000_000

  private let budget: CaptureBudget
  private let line: Int
  /// When snapshots of the process were begun within the last day, oldest first.
  package var spent: [UnixNanoseconds] = []
  package var now: UnixNanoseconds = 0

  /// Nil where the rule sets no limit.
  package init?(_ rule: ProcessRule) {
    guard let budget = rule.treatment?.budget, budget != CaptureBudget() else { return nil }
    self.budget = budget
    line = rule.line
  }

  /// Why a snapshot of such cost is against the budget; nil if it is not.
  func refusal(of estimate: CaptureEstimate) -> CaptureAdmission.Refusal? {
    countRefusal ?? pauseRefusal(estimate) ?? growthRefusal(estimate)
  }

  private var countRefusal: CaptureAdmission.Refusal? {
    guard let most = budget.snapshotsPerDay, spent.count >= most else { return nil }
    guard most > 0 else {
      let reason = "no snapshot of this process is allowed: \(lifted(by: "snapshotsPerDay"))"
      return CaptureAdmission.Refusal(code: .budgetSpent, reason: reason)
    }
    // The budget has room again when so many are older than a day that fewer than `most` are left.
    let next = spent[spent.count - most].saturatingAdded(to: Self.day)
    let minutes = (next - min(next, now)) / 60_000_000_000 + 1
    return CaptureAdmission.Refusal(
      code: .budgetSpent,
      reason: "\(spent.count) snapshots of this process were begun within 24 hours, and \(most) "
        + "are allowed; the next can be taken in \(minutes) minutes: "
        + lifted(by: "snapshotsPerDay")
    )
  }

  private func pauseRefusal(_ estimate: CaptureEstimate) -> CaptureAdmission.Refusal? {
    guard let longest = budget.longestPause.map({ $0.nanoseconds / 1_000_000 }),
      estimate.pauseMilliseconds > longest
    else { return nil }
    return CaptureAdmission.Refusal(
      code: .pauseTooLong,
      reason: "the target would stand still for about \(estimate.pauseMilliseconds) ms, and its "
        + "budget allows \(longest) ms: \(lifted(by: "longestPause"))"
    )
  }

  private func growthRefusal(_ estimate: CaptureEstimate) -> CaptureAdmission.Refusal? {
    guard let most = budget.memory.map({ UInt64(clamping: $0) }), estimate.growthBytes > most
    else { return nil }
    return CaptureAdmission.Refusal(
      code: .growthTooLarge,
      reason: "the target would grow by about "
        + "\(CaptureAdmission.megabytes(estimate.growthBytes)), and its budget allows "
        + "\(CaptureAdmission.megabytes(most)): \(lifted(by: "memory"))"
    )
  }

  private func lifted(by key: String) -> String {
    "'budget.\(key)' of the rule at line \(line) of the agent's configuration lifts that"
  }
}
