internal import HeapModel

/// Puts together finds that belong to one leak though no single object holds them.
///
/// They grew in step (the keys of a Map beside its values, where the snapshot does not tell of the
/// Map), or have the same owner as one that an object does hold (the promises that a chain of
/// reactions would settle), or stand on the way to it (the entries of a list, whose contents
/// something else holds too), or come out of the same object, or are what each new context brings along.
struct Companions {
  private static let tolerance = 50
  /// What is made once in a program comes in its first step besides.
  private static let proportionTolerance = 1.25

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
    let isInStep = Self.isInStep(leader.objectsPerStep, other.objectsPerStep)
    // Both come out of one old object, though it dominates only one of them, or neither.
    let isOfOneObject =
      leader.isComparedByID && leader.path.sharedAnchor != nil
      && leader.path.sharedAnchor == other.path.sharedAnchor
    // What has no class of the program's own is told apart by its count.
    if isOfOneObject, isInStep, leader.rank > .suspendedCall { return true }
    guard leader.rank <= .framework, leader.rank < other.rank else { return false }
    if isOfOneObject { return true }
    // The builtins of a new global object hang on it, and it is a root by itself.
    if let globals = other.path.newGlobalsPerStep, Self.isInStep(globals, leader.objectsPerStep) {
      return true
    }
    if isInStep && other.path.isOfRuntime { return true }
    let isOnTheWay =
      !other.retainerPath.isEmpty && leader.retainerPath.starts(with: other.retainerPath)
    if isInStep && isOnTheWay { return true }
    // The keys of a Map beside its values.
    if isInStep, let owner = leader.owner, owner == other.owner { return true }
    guard other.holder == nil else { return false }
    if isPartOfFramework(other, of: leader) { return true }
    return leader.holder == nil
      ? isInStep : leader.owner != nil && leader.owner == other.owner
  }

  /// Whether a find is of the many parts of which Effect makes one, where the snapshot does not tell
  /// what holds them: they came by so many for each.
  private static func isPartOfFramework(_ other: FindingDraft, of leader: FindingDraft) -> Bool {
    guard leader.path.heap.graph.engine == .javaScriptCore, leader.path.hasEffect else {
      return false
    }
    let shares = zip(other.objectsPerStep, leader.objectsPerStep).map { Double($0) / Double($1) }
    guard let least = shares.min(), let most = shares.max() else { return false }
    return most <= least * proportionTolerance
  }

  private static func isInStep(_ first: [Int], _ second: [Int]) -> Bool {
    zip(first, second).allSatisfy { abs($0 - $1) * tolerance <= max($0, $1) }
  }
}
