internal import HeapModel

/// Timers that are set and neither run out nor are cleared.
///
/// The shape: new `Timeout` objects, which have `_onTimeout` and `_idleNext` in Node and Deno, in
/// one `TimersList`, whose place in the list of lists is its delay. Chromium: `DOMTimer` and
/// `ScheduledAction`.
struct TimerRule: LeakRule {
  let name = "timers-1"

  private static let classes: Set<String> = ["Timeout", "Immediate", "DOMTimer", "ScheduledAction"]

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let near = leak.approach(2).lowerBound..<leak.departure(1).upperBound
    let timer = near.last { index in
      Self.classes.contains(leak.engineName(index))
        && (leak.kind(index) != .object || leak.heap.graph.engine != .v8
          || leak.hasProperties(["_onTimeout"], at: index)
          || leak.hasProperties(["_onImmediate"], at: index))
    }
    guard let timer else { return nil }
    let delay = delay(leak, before: timer).map { " of \($0)" } ?? ""
    return LeakVerdict(
      cause: "Each is kept by a timer\(delay) that is still set.",
      remedy:
        "Keep what setInterval() or setTimeout() answers and clear it when its owner is done; "
        + "an interval never ends by itself.",
      evidence: "the functions are called by timers that wait"
    )
  }

  /// The delay of Node's list of timers: its key.
  private func delay(_ leak: LeakPath, before timer: Int) -> String? {
    let list = leak.steps.indices.prefix(timer).suffix(2).last {
      leak.engineName($0) == "TimersList"
    }
    return list.flatMap { leak.steps[$0].index }.map { milliseconds in
      milliseconds >= 10_000
        ? "\(Explanation.grouped(milliseconds / 1_000)) s"
        : "\(Explanation.grouped(milliseconds)) ms"
    }
  }
}
