/// Members that are added to one Set and not deleted.
///
/// The shape: old Set → its table → new objects.
struct SetGrowthRule: LeakRule {
  let name = "set-growth-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let anchor = leak.anchor, leak.steps[anchor].label == "Set" else { return nil }
    return LeakVerdict(
      cause: "Members are added and not deleted.",
      remedy: "Delete each when it is closed or done, or keep them in a WeakSet.",
      evidence: "they are members of a Set"
    )
  }
}
