/// Effect fibers that do not end, or that are kept when they have.
///
/// The shape: new objects with `_stack` and what else the versions' fibers have. What holds them
/// says what they wait for: a Deferred's `resumes`, a Queue's `takers`, a parent's `_children`, a
/// timer. In version 3 all that have not ended are in `roots`.
struct EffectFiberRule: LeakRule {
  let name = "effect-fibers-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let fiber = leak.effectFiber, leak.hasEffect else { return nil }
    if leak.isFinishedFiber(fiber) {
      return LeakVerdict(
        cause: "They are Effect fibers that have ended, kept\(leak.place) with their results.",
        remedy: "Take them out when they end, or keep what you need of the result.",
        evidence: "the fibers have their exit values"
      )
    }
    let wait = leak.wait(before: fiber)
    return LeakVerdict(
      cause: "Each belongs to an Effect fiber that has not ended: \(wait.cause)",
      remedy: wait.remedy,
      evidence: "the fibers have no exit value and \(wait.evidence)",
      isProof: wait.isProof
    )
  }
}
