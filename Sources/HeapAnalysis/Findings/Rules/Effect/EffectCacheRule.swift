/// Entries of an Effect Cache without a limit; in version 4 each keeps the fiber that made it.
///
/// The shape: cache `.map.backing` → Map → entry with `.fiber`; version 3: `.referential` → Map →
/// entry with `.exit`.
struct EffectCacheRule: LeakRule {
  let name = "effect-cache-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let entries = leak.property(["backing", "referential"], in: leak.approach(3)),
      leak.has(EffectShape.cacheEntries, at: leak.firstNew), leak.hasEffect
    else { return nil }
    return LeakVerdict(
      cause:
        "They are entries of an Effect Cache\(leak.place(at: entries - 2)), which keeps each "
        + "with its result.",
      remedy: "Give it a capacity and a time to live that the work needs.",
      evidence: "they are entries of the cache's Map"
    )
  }
}
