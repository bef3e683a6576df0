/// What an Effect fiber waits for, as the end of sentences.
struct EffectWait {
  var cause: String
  var remedy: String
  var evidence: String
  var isProof = true
}

extension LeakPath {
  /// The first new fiber near the cut.
  var effectFiber: Int? { departure(6).first { has(EffectShape.fibers, at: $0) } }

  /// What holds a fiber says what it waits for.
  func wait(before fiber: Int) -> EffectWait {
    for index in (max(0, firstNew - 5)...fiber).reversed() {
      if engineName(index) == "Timeout" {
        return EffectWait(
          cause: "it sleeps.",
          remedy: "See whether so many need to wait at a time, and interrupt what is not needed.",
          evidence: "wait for timers",
          isProof: false
        )
      }
      switch chosenName(index) {
      case "resumes":
        return EffectWait(
          cause: "it waits for a Deferred\(place(at: index - 1)) that nobody completes.",
          remedy: "Complete or fail it on every way out, or wait with Effect.timeout.",
          evidence: "wait for one Deferred"
        )
      case "takers":
        return EffectWait(
          cause:
            "it waits in Queue.take\(place(at: index - 2)) for a message that does not "
            + "come.",
          remedy: "Interrupt it with its request, or shut the queue down.",
          evidence: "wait for one Queue"
        )
      case "_children":
        return EffectWait(
          cause: "it is a child of one fiber that lives on.",
          remedy: "Interrupt it when its work is done, or fork it in a scope that closes.",
          evidence: "are children of one fiber"
        )
      case "backing":
        return EffectWait(
          cause: "it is in a FiberSet or FiberMap\(place(at: index - 2)).",
          remedy: "Interrupt it, or give it a time limit.",
          evidence: "are in one collection of fibers"
        )
      case "roots":
        return EffectWait(
          cause: "it was started on its own and nothing ends it.",
          remedy: "Fork it in a scope, or give it a time limit.",
          evidence: "are roots"
        )
      default: continue
      }
    }
    return EffectWait(
      cause: "it is kept\(place).",
      remedy: "Interrupt it when its work is done, or give it a time limit.",
      evidence: "are kept",
      isProof: false
    )
  }
}
