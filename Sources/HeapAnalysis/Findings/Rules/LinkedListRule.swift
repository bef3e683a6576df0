/// A list whose head is kept and never moves on.
///
/// The shape: the way repeats over properties alone, up to three a link.
struct LinkedListRule: LeakRule {
  let name = "linked-list-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let group = leak.repeatedGroup,
      let link = group.compactMap({ leak.chosenName($0) }).last,
      !leak.steps[group].contains(where: { $0.label == "context" })
    else { return nil }
    return LeakVerdict(
      cause:
        "They are links of one list, each kept by '\(link)' of the one before; its head is "
        + "kept\(leak.place).",
      remedy: "Move the head on, or cut the link of what is done.",
      evidence: "the way to them repeats over '\(link)'"
    )
  }
}
