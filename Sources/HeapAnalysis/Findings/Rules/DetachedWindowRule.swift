/// Windows, frames and `vm` contexts that are gone and still kept.
///
/// The shape: new global objects or native contexts behind the cut. Each brings all builtins of its
/// own, so a few are much.
struct DetachedWindowRule: LeakRule {
  let name = "detached-windows-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let found = leak.departure(3).first { index in
      guard leak.steps[index].isNew else { return false }
      let name = leak.engineName(index)
      return Self.prefixes.contains { name.hasPrefix($0) }
        || leak.hasProperties(["<symbol node:contextify:context>"], at: index)
    }
    guard let found else { return nil }
    let isDetached = leak.heap.detachedState.isDetached(leak.steps[found].node)
    let label =
      isDetached ? "closed window or removed frame" : "global object (a frame or a context)"
    return LeakVerdict(
      words: "Each keeps a whole \(label) with all its builtins. Drop references into it, and "
        + "listeners on it, when it goes.",
      evidence: "a global object of its own came with each",
      isProof: isDetached
    )
  }

  private static let prefixes = ["system / NativeContext", "Window", "global / "]
}
