internal import HeapModel

/// Functions that are added to a collection and never taken out: hooks, callbacks, bound methods.
///
/// The shape: old Array, Set, Map or object → new function → what it closes over or is bound to.
struct KeptFunctionRule: LeakRule {
  let name = "kept-functions-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard leak.isFunction(leak.firstNew), let anchor = leak.anchor,
      leak.steps[anchor].label != "context", !leak.isFunction(anchor)
    else { return nil }
    let isBound = leak.engineName(leak.firstNew) == "native_bind"
    let held = leak.capturedVariable.map { "by their variable '\($0)'" }
    let how = isBound ? "as what they are bound to" : held ?? "by their variables"
    return LeakVerdict(
      cause:
        "They are kept by functions, \(how), and the functions by the "
        + "\(leak.steps[anchor].label)\(leak.place), which only gains.",
      remedy: "Take a function out when its owner is done.",
      evidence: "new functions are in the \(leak.steps[anchor].label)"
    )
  }
}
