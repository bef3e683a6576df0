/// Values of a WeakMap whose keys are kept by something else.
///
/// The shape: old owner → new key → value, by V8's reference "part of key … in WeakMap".
struct WeakMapRule: LeakRule {
  let name = "weakmap-live-keys-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let isValue = leak.departure(leak.steps.count).dropFirst().contains {
      leak.steps[$0].reference == .link("WeakMap value")
    }
    guard isValue else { return nil }
    return LeakVerdict(
      cause:
        "Each is a value of a WeakMap, which is no leak by itself: its key is "
        + "kept\(leak.place).",
      remedy: "Drop the keys there.",
      evidence: "each value hangs on its key, and the keys grew"
    )
  }
}
