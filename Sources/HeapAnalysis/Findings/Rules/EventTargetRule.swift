/// Listeners that are added to one EventTarget or AbortSignal and not removed.
///
/// The shapes: Node: target `.<symbol kEvents>` → Map → list `.next` → `Listener` `.callback` →
/// function. Deno: target → `.listeners` → type → Array → entry with `.callback`. Chromium: a window,
/// node or other target → `blink::EventTargetData` → … → new `V8EventListener` → function or
/// object. JavaScriptCore: target → function, by a link without a name.
struct EventTargetRule: LeakRule {
  let name = "event-target-listeners-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let target = target(leak) else { return nil }
    let label = leak.steps[target].label
    let isSignal = label.hasSuffix("AbortSignal")
    return LeakVerdict(
      cause: isSignal
        ? "Each is kept by a listener on one AbortSignal that lives longer than what listens."
        : "Each is kept by a listener that was added to the \(label) and never removed.",
      remedy: isSignal
        ? "Remove it with removeEventListener() when the work is done, or give each piece of work "
          + "a signal of its own."
        : "Call removeEventListener(), or pass { once: true } or a signal to addEventListener().",
      evidence: "the functions are listeners of the \(label)"
    )
  }

  /// The step of the object that is listened to.
  private func target(_ leak: LeakPath) -> Int? {
    if let events = leak.property(["<symbol kEvents>"], in: leak.approach(4)), events > 0 {
      return events - 1
    }
    if let listeners = leak.property(["listeners"], in: leak.approach(3)), listeners > 1,
      leak.property(["callback"], in: leak.departure(1)) != nil
    {
      return listeners - 2
    }
    if let anchor = leak.anchor, leak.isFunction(leak.firstNew),
      case .link = leak.steps[leak.firstNew].reference,
      ["EventTarget", "AbortSignal"].contains(leak.engineName(anchor))
    {
      return anchor
    }
    return blinkTarget(leak)
  }

  private func blinkTarget(_ leak: LeakPath) -> Int? {
    guard let listener = leak.departure(4).last(where: { leak.engineName($0) == Self.listener })
    else { return nil }
    let data = leak.steps.indices.prefix(listener).last { index in
      leak.engineName(index) == "blink::EventTargetData"
    }
    let target = (data ?? listener) - 1
    return target >= 0 && !leak.steps[target].isNew ? target : nil
  }

  private static let listener = "V8EventListener"
}
