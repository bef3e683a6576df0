/// Layers that are built again and again under one memo map, since each is a new value.
///
/// The shape: an object with the symbol `effect/Layer/MemoMap` leads to the Map that gains; version
/// 4: `.map` → Map → layers, which have `build`, and entries with `deferred`, `scope` and `finalizer`.
struct EffectLayerRule: LeakRule {
  let name = "effect-layers-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let near = leak.approach(6)
    guard let memoMap = near.first(where: { isMemoMap($0, leak) }), leak.hasEffect else {
      return nil
    }
    return LeakVerdict(
      cause:
        "An Effect memo map\(leak.place(at: memoMap)) keeps each layer that was built: layers "
        + "that are made inside a function are new values, so they are built again each time.",
      remedy: "Make the layer once, outside.",
      evidence: "they are entries of the memo map"
    )
  }

  private func isMemoMap(_ index: Int, _ leak: LeakPath) -> Bool {
    // A new memo map for each piece of work is another leak.
    leak.has(EffectShape.memoMaps, at: index) && !leak.steps[index].isNew
      || leak.chosenName(index + 1) == "map"
        && leak.has(EffectShape.builtLayers, at: leak.firstNew)
  }
}
