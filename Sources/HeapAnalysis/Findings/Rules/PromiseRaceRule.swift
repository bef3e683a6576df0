internal import HeapModel

/// Races with one promise that lives long: each leaves a reaction on it, and its own result.
///
/// The shape: old Promise → reaction → Promise that has its result, at once or, in V8, by way of a
/// resolving function and a nameless slot of its context.
struct PromiseRaceRule: LeakRule {
  let name = "promise-race-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard PendingPromiseRule.reaction(leak) != nil else { return nil }
    let race = leak.departure(4).dropLast().first { index in
      guard leak.steps[index].label == "Promise", case .link = leak.steps[index].reference else {
        return false
      }
      // A promise that waits has reactions there.
      return !PendingPromiseRule.isReaction(index + 1, leak)
    }
    guard race != nil else { return nil }
    return LeakVerdict(
      cause:
        "Each is the result of a Promise.race() with one promise\(leak.place) that has not "
        + "settled: the race is over, but its reaction stays there.",
      remedy: "Race with a promise that settles, or with an AbortSignal whose listener is removed.",
      evidence: "its reactions settle other promises, which are done"
    )
  }
}
