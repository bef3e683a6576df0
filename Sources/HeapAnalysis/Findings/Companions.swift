/// Puts together finds that belong to one leak though no single object holds them.
///
/// They grew in step (the keys of a Map beside its values, where the snapshot does not tell of the
/// Map), or have the same owner as one that an object does hold (the promises that a chain of
/// reactions would settle), or stand on the way to it (the entries of a list, whose contents
/// something else holds too), or come out of the same object, or are what each new context brings along.
struct Companions {
  private static let tolerance = 50

  /// The finds, without those that became companions of another.
  private(set) var merged: [FindingDraft] = []

  init(_ drafts: [FindingDraft]) {
    let ranked = drafts.sorted { a, b in
      (a.rank, b.retainedSize) < (b.rank, a.retainedSize)
    }
    for draft in ranked {
      if let leader = merged.firstIndex(where: { Self.isCompanion(draft, of: $0) }) {
        merged[leader].absorb(draft)
      } else {
        merged.append(draft)
      }
    }
  }

  private static func isCompanion(_ other: FindingDraft, of leader: FindingDraft) -> Bool {
    if !leader.isComparedByID, leader.className == other.className { return true }
    guard leader.rank <= .suspendedCall, leader.rank < other.rank else { return false }
    // Both come out of one old object, though it dominates only one of them, or neither.
    if leader.isComparedByID, let anchor = leader.path.sharedAnchor,
      anchor == other.path.sharedAnchor
    {
      return true
    }
    // The builtins of a new global object hang on it, and it is a root by itself.
    if let globals = other.path.newGlobalsPerStep, isInStep(globals, leader.objectsPerStep) {
      return true
    }
    let isInStep = isInStep(leader.objectsPerStep, other.objectsPerStep)
    if isInStep && other.path.isOfRuntime { return true }
    let isOnTheWay =
      !other.retainerPath.isEmpty && leader.retainerPath.starts(with: other.retainerPath)
    if isInStep && isOnTheWay { return true }
    // The keys of a Map beside its values.
    if isInStep, let owner = leader.owner, owner == other.owner { return true }
    guard other.holder == nil else { return false }
    return leader.holder == nil
      ? isInStep : leader.owner != nil && leader.owner == other.owner
  }

  private static func isInStep(_ first: [Int], _ second: [Int]) -> Bool {
    zip(first, second).allSatisfy { abs($0 - $1) * tolerance <= max($0, $1) }
  }
}
