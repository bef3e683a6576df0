/// Listeners that are added to one EventEmitter and not removed.
///
/// The shape: emitter `._events` → dictionary → event → Array of functions, or one function. A
/// `once` listener is a bound wrapper with `.listener`. The functions, or their Array, are new; the
/// emitter is not. Node's, Deno's and Bun's emitters have these properties, minified or not.
struct EventEmitterRule: LeakRule {
  let name = "event-emitter-listeners-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let events = leak.property(["_events"], in: leak.approach(3)) else { return nil }
    let event = events + 1 <= leak.firstNew ? leak.chosenName(events + 1) : nil
    let isOnce = leak.property(["listener"], in: leak.departure(2)) != nil
    let name = event.map { "'\($0)'" } ?? "an event"
    let emitter = events > 0 ? leak.steps[events - 1].label : "EventEmitter"
    return LeakVerdict(
      cause: isOnce
        ? "Each waits in a once() listener for \(name), which does not come."
        : "Each is kept by a listener for \(name) that was added to the \(emitter) and never "
          + "removed.",
      remedy: isOnce
        ? "Emit it, or remove the listener with off() when its owner gives up."
        : "Call off() when the listener's owner is done, or add one listener for all.",
      evidence: "the functions are listeners in '_events' of the \(emitter)"
    )
  }
}
