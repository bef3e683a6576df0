/// DOM nodes that are in no document and still kept.
///
/// The shape: among what grew are objects that V8 marks as detached, at least half as many as the
/// most frequent class of the program's or the runtime's.
struct DetachedNodeRule: LeakRule {
  let name = "detached-dom-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let counts = leak.contents.candidates.filter { $0.rank <= .library }.map { candidate in
      (isDetached: isDetached(candidate, leak), count: candidate.count)
    }
    let detached = counts.filter(\.isDetached).map(\.count).max() ?? 0
    guard detached > 0, detached * 2 >= counts.map(\.count).max() ?? 0 else { return nil }
    return LeakVerdict(
      cause:
        "With them stay nodes that were taken out of the document, since JavaScript still "
        + "refers to them\(leak.place).",
      remedy: "Drop the reference when a node is removed, or hold it in a WeakRef or WeakMap.",
      evidence: "the engine marks \(Explanation.grouped(detached)) of the new nodes as detached"
    )
  }

  private func isDetached(_ candidate: GrowthGroup.Candidate, _ leak: LeakPath) -> Bool {
    guard case .objects(let number) = candidate.key else { return false }
    return leak.heap.classKey(ofNumber: number).hasPrefix(",Detached ")
  }
}
