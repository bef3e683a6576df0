/// Reactions that collect on one promise that does not settle.
///
/// The shape: old Promise `{reactions_or_result}` → `PromiseReaction` → … → function.
struct PendingPromiseRule: LeakRule {
  let name = "pending-promise-1"

  private static let reactions: Set<String> = [
    "system / PromiseReaction", "SlimPromiseReaction", "FullPromiseReaction",
    "PromiseReactionRecord",
  ]

  /// The step of a reaction right before the first new object, or that object itself.
  static func reaction(_ leak: LeakPath) -> Int? {
    leak.approach(3).last { isReaction($0, leak) }
  }

  static func isReaction(_ index: Int, _ leak: LeakPath) -> Bool {
    reactions.contains(leak.engineName(index))
  }

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard Self.reaction(leak) != nil else { return nil }
    return LeakVerdict(
      cause: "Each is kept by a then() or await on one promise\(leak.place) that has not settled.",
      remedy: "Settle it, or do not add to a promise that lives as long as the process.",
      evidence: "they hang on the reactions of one pending promise"
    )
  }
}
