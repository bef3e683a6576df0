internal import HeapModel

/// Calls that have not ended: async functions that wait for one promise, generators that were
/// started and kept.
///
/// The shape: behind the cut, at once or by way of a resuming function and its context, an object
/// with `parameters_and_registers`. JavaScriptCore has classes of its own for them.
struct SuspendedCallRule: LeakRule {
  let name = "suspended-calls-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let call = leak.departure(4).first(where: { isCall($0, leak) }) else { return nil }
    let function = functionName(call, leak).map { " '\($0)'" } ?? ""
    if PendingPromiseRule.reaction(leak) != nil {
      return LeakVerdict(
        cause:
          "Each is a variable of a call of an async function\(function), which waits for a "
          + "promise\(leak.place) that does not settle.",
        remedy: "Settle it on every way out, or wait with a time limit.",
        evidence: "calls that have not ended hang on one promise's reactions"
      )
    }
    return LeakVerdict(
      cause:
        "Each belongs to a call of a generator or async function\(function) that was started, "
        + "has not ended and is kept\(leak.place).",
      remedy: "Run it to its end, call return(), or drop it.",
      evidence: "they hang on calls that have not ended"
    )
  }

  private func isCall(_ index: Int, _ leak: LeakPath) -> Bool {
    let name = leak.engineName(index)
    guard leak.heap.graph.engine == .v8 else {
      return LanguageClasses.suspendedCalls.contains(name)
    }
    return leak.heap.graph.target(
      of: Int(leak.steps[index].node),
      ["parameters_and_registers"]
    ) != nil
  }

  private func functionName(_ index: Int, _ leak: LeakPath) -> String? {
    let graph = leak.heap.graph
    guard let function = graph.target(of: Int(leak.steps[index].node), ["function"]),
      graph.nodeKind[Int(function)] == NodeKind.closure.rawValue
    else { return nil }
    let name = graph.names[Int(graph.nodeName[Int(function)])]
    return name.isEmpty ? nil : name
  }
}
