/// Managed runtimes that are made and not disposed.
///
/// The shape: new objects with `cachedRuntime` (version 3) or `cachedContext` (4).
struct EffectRuntimeRule: LeakRule {
  let name = "effect-runtimes-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard leak.departure(2).contains(where: { leak.isManagedRuntime($0) }), leak.hasEffect else {
      return nil
    }
    return LeakVerdict(
      cause:
        "Each belongs to an Effect ManagedRuntime that is kept\(leak.place) and was not "
        + "disposed.",
      remedy: "Make one runtime for all, or call dispose() when its tenant goes.",
      evidence: "the runtimes grew with them"
    )
  }
}
