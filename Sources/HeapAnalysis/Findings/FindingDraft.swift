internal import HeapModel

/// What was found, while it may still become part of something larger.
struct FindingDraft {
  var rank: ClassRank
  /// The object that holds the leak; nil where no single one does.
  var holder: UInt32?
  /// What holds it, for the sentence.
  var heldBy: Explanation.Holder
  /// The variable or property that the path goes through.
  var owner: String?
  /// The part of the path that says which leak it is.
  var identity: [String]
  var className: String
  var position: SourcePosition?
  var objectsPerStep: [Int]
  var bytesPerStep: [UInt64]
  var retainerPath: [String]
  var isTooling: Bool
  var isComparedByID: Bool
  var companions: [String]
  /// What the rules look at.
  var path: LeakPath

  var retainedSize: UInt64 { bytesPerStep.reduce(0, &+) }

  /// Takes in another find that belongs to this one.
  mutating func absorb(_ other: FindingDraft) {
    // By class the bytes are of all its objects: those of the same class stand here already.
    let isSameClass = className == other.className && position == other.position
    if isComparedByID || !isSameClass {
      bytesPerStep = zip(bytesPerStep, other.bytesPerStep).map { $0 &+ $1 }
    }
    isTooling = isTooling && other.isTooling
    for name in [other.className] + other.companions
    where name != className && !companions.contains(name) {
      companions.append(name)
    }
  }

  func finding(engine: HeapEngine) -> Finding {
    let (rule, verdict) = LeakRules.explain(path)
    let isHeldByOne = isComparedByID && holder != nil
    let explanation = Explanation(
      className: className,
      objectsPerStep: objectsPerStep,
      bytesPerStep: bytesPerStep,
      holder: heldBy,
      isComparedByID: isComparedByID
    )
    return Finding(
      fingerprint: Fingerprint(
        finder: GrowthFinder.version,
        engine: engine,
        steps: identity
      ).text,
      family: owner.map { "\(className)@\(LastingName($0).text)" } ?? className,
      rule: rule,
      certainty: isHeldByOne && verdict.isProof ? .certain : .likely,
      className: className,
      position: position,
      objectsPerStep: objectsPerStep,
      bytesPerStep: bytesPerStep,
      retainedSize: retainedSize,
      retainerPath: retainerPath,
      isTooling: isTooling,
      isComparedByID: isComparedByID,
      companions: companions,
      words: Finding.Words(
        growth: explanation.text,
        cause: verdict.cause,
        remedy: verdict.remedy,
        evidence: explanation.evidence(with: verdict.evidence)
      )
    )
  }
}
