/// Effect fibers that do not end, or that are kept when they have.
///
/// The shape: new objects with `_observers`, `_stack` and `_fiberRefs` or `context`. What holds them
/// says what they wait for: a Deferred's `resumes`, a Queue's `takers`, a parent's `_children`, a
/// timer. In version 3 all that have not ended are in `roots`.
struct EffectFiberRule: LeakRule {
  let name = "effect-fibers-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let fiber = leak.departure(6).first(where: { leak.isFiber($0) }), leak.hasEffect else {
      return nil
    }
    if leak.isFinishedFiber(fiber) {
      return LeakVerdict(
        cause: "They are Effect fibers that have ended, kept\(leak.place) with their results.",
        remedy: "Take them out when they end, or keep what you need of the result.",
        evidence: "the fibers have their exit values"
      )
    }
    let wait = wait(leak, before: fiber)
    return LeakVerdict(
      cause: "Each belongs to an Effect fiber that has not ended: \(wait.cause)",
      remedy: wait.remedy,
      evidence: "the fibers have no exit value and \(wait.evidence)",
      isProof: wait.isProof
    )
  }

  private struct Wait {
    var cause: String
    var remedy: String
    var evidence: String
    var isProof = true
  }

  private func wait(_ leak: LeakPath, before fiber: Int) -> Wait {
    for index in (max(0, leak.firstNew - 5)...fiber).reversed() {
      if leak.engineName(index) == "Timeout" {
        return Wait(
          cause: "it sleeps.",
          remedy: "See whether so many need to wait at a time, and interrupt what is not needed.",
          evidence: "wait for timers",
          isProof: false
        )
      }
      switch leak.chosenName(index) {
      case "resumes":
        return Wait(
          cause: "it waits for a Deferred\(leak.place(at: index - 1)) that nobody completes.",
          remedy: "Complete or fail it on every way out, or wait with Effect.timeout.",
          evidence: "wait for one Deferred"
        )
      case "takers":
        return Wait(
          cause:
            "it waits in Queue.take\(leak.place(at: index - 2)) for a message that does not "
            + "come.",
          remedy: "Interrupt it with its request, or shut the queue down.",
          evidence: "wait for one Queue"
        )
      case "_children":
        return Wait(
          cause: "it is a child of one fiber that lives on.",
          remedy: "Interrupt it when its work is done, or fork it in a scope that closes.",
          evidence: "are children of one fiber"
        )
      case "backing":
        return Wait(
          cause: "it is in a FiberSet or FiberMap\(leak.place(at: index - 2)).",
          remedy: "Interrupt it, or give it a time limit.",
          evidence: "are in one collection of fibers"
        )
      case "roots":
        return Wait(
          cause: "it was started on its own and nothing ends it.",
          remedy: "Fork it in a scope, or give it a time limit.",
          evidence: "are roots"
        )
      default: continue
      }
    }
    return Wait(
      cause: "it is kept\(leak.place).",
      remedy: "Interrupt it when its work is done, or give it a time limit.",
      evidence: "are kept",
      isProof: false
    )
  }
}
