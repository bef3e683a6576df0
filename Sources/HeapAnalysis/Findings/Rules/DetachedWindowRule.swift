/// Windows, frames and `vm` contexts that are gone and still kept.
///
/// The shapes: new global objects or native contexts behind the cut; or among what grew are windows
/// that V8 marks as detached, or contexts, half as many as the program's own objects. Each brings
/// all builtins of its own, so a few are much.
struct DetachedWindowRule: LeakRule {
  let name = "detached-windows-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let onTheWay = leak.departure(3).first { index in
      guard leak.steps[index].isNew else { return false }
      let name = leak.engineName(index)
      return Self.prefixes.contains { name.hasPrefix($0) }
        || leak.hasProperties(["<symbol node:contextify:context>"], at: index)
    }
    let isDetached: Bool
    if let onTheWay {
      isDetached = leak.heap.detachedState.isDetached(leak.steps[onTheWay].node)
    } else if cameAlong(leak) {
      isDetached = leak.candidate(ofClass: Self.detachedWindow) != nil
    } else {
      return nil
    }
    let label =
      isDetached ? "closed window or removed frame" : "global object (a frame or a context)"
    return LeakVerdict(
      cause: "Each keeps a whole \(label) with all its builtins.",
      remedy: "Drop references into it, and listeners on it, when it goes.",
      evidence: isDetached
        ? "the engine marks a window of its own with each as detached"
        : "a global object of its own came with each",
      isProof: isDetached
    )
  }

  /// Whether half of the program's objects and more have a context, which is beside the way.
  private func cameAlong(_ leak: LeakPath) -> Bool {
    let program = leak.contents.candidates.filter { $0.rank == .program }.map(\.count).max() ?? 0
    guard program > 0 else { return Self.classes.contains { leak.share(ofClass: $0) >= 0.5 } }
    return Self.classes.contains { (leak.candidate(ofClass: $0)?.count ?? 0) * 2 >= program }
  }

  private static let prefixes = ["system / NativeContext", "Window", "global / "]
  private static let detachedWindow = "Detached Window"
  private static let classes = [
    detachedWindow, "system / NativeContext", "Node / ContextifyContext",
    "Detached Node / ContextifyContext", "ContextifyContext",
  ]
}
