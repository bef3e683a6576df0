/// What an Effect fiber waits for, as the end of sentences.
struct EffectWait {
  var cause: String
  var remedy: String
  var evidence: String
  var isProof = true
  /// Whether version 3's set of all fibers leads to it.
  var isOfRoots = false
}

extension LeakPath {
  /// The first new fiber near the cut.
  var effectFiber: Int? { departure(6).first { has(EffectShape.fibers, at: $0) } }

  /// What holds a fiber says what it waits for.
  ///
  /// Version 3 keeps all fibers that have not ended in one set. Those that nothing else holds can be
  /// resumed by nothing; what holds one besides may still resume it, so that is no proof. Version 4
  /// has no such set: there the one that holds them is what grows.
  func wait(before fiber: Int) -> EffectWait {
    var wait = waitByHolder(fiber)
    guard has(EffectShape.fibersOfVersion3, at: fiber) else { return wait }
    wait.isProof = wait.isProof && wait.isOfRoots
    return wait
  }

  private func waitByHolder(_ fiber: Int) -> EffectWait {
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
        // Nothing but the set, for all of them.
        let isOnlyRoot = contents.holder == steps[index].node
        return EffectWait(
          cause: isOnlyRoot
            ? "it was started on its own, and nothing is left that could resume it."
            : "it was started on its own and nothing ends it.",
          remedy: "Fork it in a scope, or give it a time limit.",
          evidence: isOnlyRoot
            ? "only the set of all fibers holds them"
            : "stand in the set of all fibers, and something else leads to them too",
          isProof: isOnlyRoot,
          isOfRoots: true
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
