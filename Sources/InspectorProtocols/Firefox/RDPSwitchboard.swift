/// Who waits for the answers of which actor.
///
/// Replies carry no number: each actor answers in order, and what it says without having been asked
/// is told apart by its type. An actor that goes never answers what it was still asked.
struct RDPSwitchboard<Caller: Sendable>: Sendable {
  private var waiting: [String: [Caller]] = [:]

  mutating func asked(_ actor: String, by caller: Caller) {
    waiting[actor, default: []].append(caller)
  }

  mutating func answered(_ actor: String) -> Caller? {
    guard var callers = waiting[actor], callers.isEmpty == false else { return nil }
    let caller = callers.removeFirst()
    waiting[actor] = callers.isEmpty ? nil : callers
    return caller
  }

  /// Everybody who waits for an actor of which this is true, in the order of asking for each.
  mutating func gone(_ isGone: (String) -> Bool) -> [Caller] {
    let actors = waiting.keys.filter(isGone).sorted()
    return actors.flatMap { waiting.removeValue(forKey: $0) ?? [] }
  }

  /// Types of packets that answer nothing.
  private static var eventTypes: Set<String> {
    [
      "tabListChanged", "workerListChanged", "processListChanged", "addonListChanged",
      "serviceWorkerRegistrationListChanged", "forwardingCancelled",
      "target-available-form", "target-destroyed-form", "frameUpdate", "tabNavigated",
      "garbage-collection", "allocations", "evaluationResult",
      "resources-available-array", "resources-updated-array", "resources-destroyed-array",
      "will-navigate", "descriptor-destroyed",
    ]
  }

  static func isEvent(type: String?) -> Bool {
    type.map { eventTypes.contains($0) } ?? false
  }
}
