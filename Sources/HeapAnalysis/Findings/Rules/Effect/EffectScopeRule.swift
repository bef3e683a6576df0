/// An Effect scope that stays open and gains finalizers, or child scopes that are never closed.
///
/// The shape: scope `.state.finalizers` → Map → new finalizer, or new scope.
struct EffectScopeRule: LeakRule {
  let name = "effect-open-scope-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let finalizers = leak.property(["finalizers"], in: leak.approach(3)), finalizers > 1,
      leak.has(EffectShape.scopes, at: finalizers - 2), leak.hasEffect
    else { return nil }
    let place = leak.place(at: finalizers - 2)
    let isChild = leak.departure(3).contains { leak.has(EffectShape.scopes, at: $0) }
    return LeakVerdict(
      cause: isChild
        ? "Each is in a child scope that was opened under one Effect scope\(place) and never closed."
        : "Each is kept by a finalizer of one Effect scope\(place) that stays open: resources "
          + "are acquired in it for each piece of work.",
      remedy: isChild
        ? "Close it on every way out, such as by Effect.scoped."
        : "Give each its own scope, by Effect.scoped.",
      evidence: isChild
        ? "child scopes of one open scope grew" : "finalizers of one open scope grew"
    )
  }
}
