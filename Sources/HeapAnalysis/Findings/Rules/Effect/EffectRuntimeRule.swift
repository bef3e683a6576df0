/// Managed runtimes that are made and not disposed.
///
/// The shape: new objects with `cachedRuntime` (version 3) or `cachedContext` (4). Where nobody holds
/// the runtime itself, a fiber that its layers started runs on: then a memo map came with each fiber
/// or two, which holds what a layer built.
struct EffectRuntimeRule: LeakRule {
  let name = "effect-runtimes-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let isRuntime = leak.departure(2).contains { leak.has(EffectShape.managedRuntimes, at: $0) }
    guard isRuntime else { return forgotten(leak) }
    return leak.hasEffect ? kept(leak) : nil
  }

  private func kept(_ leak: LeakPath) -> LeakVerdict {
    LeakVerdict(
      cause:
        "Each belongs to an Effect ManagedRuntime that is kept\(leak.place) and was not "
        + "disposed.",
      remedy: "Make one runtime for all, or call dispose() when its tenant goes.",
      evidence: "the runtimes grew with them"
    )
  }

  private func forgotten(_ leak: LeakPath) -> LeakVerdict? {
    guard let fiber = leak.effectFiber, !leak.isFinishedFiber(fiber) else { return nil }
    let memoMaps = leak.count(of: EffectShape.memoMaps)
    guard memoMaps > 0, memoMaps * 2 >= leak.count(of: EffectShape.fibers), leak.hasEffect else {
      return nil
    }
    let wait = leak.wait(before: fiber)
    return LeakVerdict(
      cause:
        "Each was built with an Effect memo map of its own, by a ManagedRuntime that was not "
        + "disposed or by layers that are provided to each piece of work, and belongs to a fiber that "
        + "has not ended: \(wait.cause)",
      remedy:
        "Call dispose() on each runtime, or make the layers once for all; where the work itself does "
        + "not end: \(wait.remedy.prefix(1).lowercased())\(wait.remedy.dropFirst())",
      evidence: "memo maps grew with the fibers, which have no exit value and \(wait.evidence)",
      isProof: false
    )
  }
}
