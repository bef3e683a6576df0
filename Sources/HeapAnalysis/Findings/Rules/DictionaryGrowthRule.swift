internal import HeapModel

/// An object that is used as a dictionary, with a new property for each thing that comes.
///
/// The shape: old object → new objects, by properties or indexes of which it has many.
struct DictionaryGrowthRule: LeakRule {
  let name = "dictionary-growth-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let anchor = leak.anchor, leak.isDictionary(anchor) else { return nil }
    return LeakVerdict(
      cause: "Properties are added under new names and not deleted.",
      remedy: "Delete them when they are done, or use a Map with a limit.",
      evidence:
        "\(Explanation.grouped(leak.newMemberCount(anchor))) properties of an object are new"
    )
  }
}
