/// Puts together findings that belong to one leak though no single object holds them.
///
/// They grew in step (the keys of a Map beside its values, where the snapshot does not tell of the
/// Map), or have the same owner as one that an object does hold (the promises that a chain of
/// reactions would settle), or stand on the way to it (the entries of a list, whose contents
/// something else holds too).
struct Companions {
  private static let tolerance = 50

  /// The findings, without those that became companions of another.
  private(set) var merged: [RuleFinding]

  init(_ findings: [RuleFinding]) {
    merged = []
    for finding in findings.sorted(by: { a, b in
      (a.rank, b.finding.retainedSize) < (b.rank, a.finding.retainedSize)
    }) {
      let leader = merged.firstIndex { $0.leads(finding) }
      guard let leader else {
        merged.append(finding)
        continue
      }
      merged[leader].finding = merged[leader].finding.joined(by: finding.finding)
    }
  }

  fileprivate static func isSame(_ a: [Int], _ b: [Int]) -> Bool {
    zip(a, b).allSatisfy { abs($0 - $1) * tolerance <= max($0, $1) }
  }
}

extension RuleFinding {
  fileprivate func leads(_ other: RuleFinding) -> Bool {
    if !finding.isComparedByID, finding.className == other.finding.className { return true }
    guard rank <= .suspendedCall, rank < other.rank else { return false }
    let isInStep = Companions.isSame(finding.objectsPerStep, other.finding.objectsPerStep)
    let isOnTheWay =
      !other.finding.retainerPath.isEmpty
      && finding.retainerPath.starts(with: other.finding.retainerPath)
    if isInStep && isOnTheWay { return true }
    guard other.holder == nil else { return false }
    return holder == nil ? isInStep : owner != nil && owner == other.owner
  }
}

extension Finding {
  fileprivate func joined(by other: Finding) -> Finding {
    Finding(
      fingerprint: fingerprint,
      family: family,
      rule: rule,
      certainty: certainty,
      className: className,
      position: position,
      objectsPerStep: objectsPerStep,
      bytesPerStep: zip(bytesPerStep, other.bytesPerStep).map { $0 &+ $1 },
      retainedSize: retainedSize &+ other.retainedSize,
      retainerPath: retainerPath,
      isTooling: isTooling && other.isTooling,
      isComparedByID: isComparedByID,
      companions: (companions + [other.className] + other.companions).uniqued(without: className),
      explanation: explanation
    )
  }
}

extension [String] {
  fileprivate func uniqued(without excluded: String) -> [String] {
    var seen: Set = [excluded]
    return filter { seen.insert($0).inserted }
  }
}
