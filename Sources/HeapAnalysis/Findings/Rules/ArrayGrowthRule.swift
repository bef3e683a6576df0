/// Elements that are pushed to one Array and not taken out.
///
/// The shape: old Array → new objects, also where its storage was made anew to hold more.
struct ArrayGrowthRule: LeakRule {
  let name = "array-growth-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let anchor = leak.anchor, leak.steps[anchor].label == "Array" else { return nil }
    return LeakVerdict(
      cause: "Elements are pushed and not taken out.",
      remedy: "Keep the last few only, or take out what is done.",
      evidence: "they are elements of an Array"
    )
  }
}
