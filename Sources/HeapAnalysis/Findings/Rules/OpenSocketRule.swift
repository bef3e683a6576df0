internal import HeapModel

/// Connections that are open and that nobody closes.
///
/// The shape: behind the cut a new `Socket` of the runtime's, with both sides of a stream, whose
/// handle is still there. One that is closed and kept has none, and is no finding of this rule.
struct OpenSocketRule: LeakRule {
  let name = "open-sockets-1"

  private static let classes: Set<String> = ["Socket", "TLSSocket"]
  private static let links = ["<symbol kHandle>", "_handle"]
  private static let handles: Set<String> = ["TCP", "Pipe", "TLSWrap", "TCPWrap", "PipeWrap"]

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let found = leak.departure(3).first { index in
      leak.steps[index].isNew && Self.classes.contains(leak.engineName(index))
        && leak.hasProperties(["_readableState", "_writableState"], at: index)
    }
    guard let found,
      let handle = Self.links.lazy.compactMap({ leak.target(ofProperty: $0, at: found) }).first(
        where: Self.handles.contains
      )
    else { return nil }
    return LeakVerdict(
      cause:
        "Each is kept by a connection that is still open: its listeners, and what they use, "
        + "stay as long as it does.",
      remedy:
        "Call end() or destroy() when it is done, and setTimeout() for a peer that goes "
        + "silent.",
      evidence:
        "the way to them leads through a new \(leak.steps[found].label) with a \(handle) of "
        + "its own that is open"
    )
  }
}
