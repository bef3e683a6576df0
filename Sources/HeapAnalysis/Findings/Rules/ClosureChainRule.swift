/// Functions of one scope share one context: a function that is kept keeps what only its sibling
/// uses, and so each value keeps the one before it.
///
/// The shape: the way repeats over a context: function → context → variable → object → function.
struct ClosureChainRule: LeakRule {
  let name = "closure-contexts-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let group = leak.repeatedGroup else { return nil }
    let steps = leak.steps[group]
    guard steps.contains(where: { $0.label == "context" }) else { return nil }
    let variable = steps.compactMap { step -> String? in
      if case .variable(let name) = step.reference { name } else { nil }
    }.first
    let name = variable.map { "'\($0)'" } ?? "a variable"
    return LeakVerdict(
      cause:
        "Each keeps the one before it: the functions of one scope share their variables, so "
        + "one that is kept keeps \(name), whoever uses it.",
      remedy:
        "Set the variable to null when it is not needed, or make the kept function elsewhere.",
      evidence: "the way to them repeats over a function's context"
    )
  }
}
