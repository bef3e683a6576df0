internal import HeapModel

/// A collection in a variable of a module, which lives as long as the process.
///
/// The shape: a context whose `previous` is the engine's own, the exports of a `Module`, or
/// `SourceTextModule` → array → `Cell`, which has no name → Map, Set, Array or plain object → new
/// objects.
struct ModuleCacheRule: LeakRule {
  let name = "module-cache-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let anchor = leak.anchor, anchor > 0, leak.isCollection(anchor),
      isCell(anchor - 1, leak) || leak.chosenName(anchor) != nil && isOfModule(anchor, leak)
    else { return nil }
    let variable = leak.chosenName(anchor).map { "'\($0)'" } ?? "What holds them"
    return LeakVerdict(
      cause:
        "\(variable) belongs to a module, so what is put there stays as long as the "
        + "process.",
      remedy:
        "Give it a limit or a time to live, delete what is done, or key a WeakMap by an "
        + "object that ends.",
      evidence: "the \(leak.steps[anchor].label) in a variable of a module gained them"
    )
  }

  /// Whether a step is what an exported variable of a module is kept in.
  private func isCell(_ index: Int, _ leak: LeakPath) -> Bool {
    leak.engineName(index) == "system / Cell"
      && leak.steps.indices.prefix(index).suffix(2).contains {
        leak.engineName($0).hasPrefix("system / SourceTextModule")
      }
  }

  private func isOfModule(_ index: Int, _ leak: LeakPath) -> Bool {
    let graph = leak.heap.graph
    let above = leak.steps[index - 1]
    if case .property(let name) = above.reference, NodeModules.exports.contains(name) {
      return true
    }
    if above.label == "module" { return true }
    guard above.label == "context",
      let previous = graph.target(of: Int(above.node), ["previous"])
    else { return false }
    return graph.names[Int(graph.nodeName[Int(previous)])].hasPrefix("system / NativeContext")
  }
}

/// CommonJS as Node's heaps show it.
enum NodeModules {
  /// By what a `Module` refers to its exports; from Node 24 on `exports` is an accessor.
  static let exports: Set<String> = ["exports", "<symbol node:module_export>"]
}
