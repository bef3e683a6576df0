/// What waits in an HTTP agent, or is kept by agents of which each has connections of its own.
///
/// The shapes: an Agent, which has `requests`, `sockets` and `freeSockets`, is old → one of these →
/// host → Array → what is new; or it is new itself, and one of its connections leads to it.
struct HTTPAgentRule: LeakRule {
  let name = "http-agents-1"

  private static let lists = ["requests", "sockets", "freeSockets"]

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    if let list = leak.property(Set(Self.lists), in: leak.approach(3)), list > 0,
      leak.hasProperties(Self.lists, at: list - 1)
    {
      return growing(list, of: leak.steps[list - 1].label, leak)
    }
    // A connection leads to its Agent by what listens to it: a function with its variables.
    guard let agent = leak.departure(8).first(where: { isAgent($0, leak) }) else { return nil }
    let label = leak.steps[agent].label
    return LeakVerdict(
      cause:
        "With each came an \(label) of its own, which keeps its connections alive, and they "
        + "keep it.",
      remedy: "Make one \(label) for all, or destroy() it when it is done.",
      evidence: "the way to them leads through new objects with 'sockets' and 'freeSockets'"
    )
  }

  private func growing(_ list: Int, of label: String, _ leak: LeakPath) -> LeakVerdict {
    let name = leak.chosenName(list) ?? ""
    let (cause, remedy) =
      switch name {
      case "requests":
        (
          "They wait in the \(label) for a free connection, since answers before them were not "
            + "read to their end.",
          "Read each answer, resume() it or destroy() it, and give requests a timeout."
        )
      case "sockets":
        (
          "They are on connections that the \(label) has in use: their answers were not read to "
            + "the end.",
          "Read each answer, resume() it or destroy() it, and bound the \(label) by maxSockets."
        )
      default:
        (
          "They are on idle connections that the \(label) keeps alive.",
          "Bound them by maxFreeSockets and timeout."
        )
      }
    return LeakVerdict(
      cause: cause,
      remedy: remedy,
      evidence: "they are in '\(name)' of the \(label)"
    )
  }

  private func isAgent(_ index: Int, _ leak: LeakPath) -> Bool {
    leak.steps[index].isNew && leak.hasProperties(Self.lists, at: index)
  }
}
