package import Cryptography
package import HeapModel

/// What is known of a snapshot's analysis.
package struct AnalysisRecord: Hashable, Sendable {
  package enum State: UInt8, Hashable, Sendable {
    case waiting = 1
    case done = 2
    /// It cannot be analysed; the reason says why, with numbers where a limit was met.
    case failed = 3
  }

  package var snapshotID: String
  package var state: State
  package var reason: String
  /// The version of the rules that made it: another one means that it is made again.
  package var version: UInt32
  package var totalSelfSize: UInt64
  /// How many blocks were decoded when the last one came.
  package var blocksBeforeLast: UInt32
  /// From the commit of the upload until the answer was there.
  package var readyAfterMicroseconds: UInt64
  /// The answer, page by page, as blobs; the collector knows their form.
  package var pages: [Digest]

  package init(
    snapshotID: String,
    state: State,
    reason: String = "",
    version: UInt32,
    totalSelfSize: UInt64 = 0,
    blocksBeforeLast: UInt32 = 0,
    readyAfterMicroseconds: UInt64 = 0,
    pages: [Digest] = []
  ) {
    self.snapshotID = snapshotID
    self.state = state
    self.reason = reason
    self.version = version
    self.totalSelfSize = totalSelfSize
    self.blocksBeforeLast = blocksBeforeLast
    self.readyAfterMicroseconds = readyAfterMicroseconds
    self.pages = pages
  }
}

/// A leak: one fingerprint over all instances, builds and weeks.
package struct FindingRecord: Hashable, Sendable {
  /// 32 hexadecimal digits.
  package var fingerprint: String
  package var family: String
  package var rule: String
  package var className: String
  package var certainty: String
  package var explanation: String
  package var retainerPath: [String]
  package var pathNote: String
  /// Only a debugger keeps the objects: not the program's leak.
  package var isTooling: Bool
  package var firstSeen: UnixNanoseconds
  package var lastSeen: UnixNanoseconds
  /// Where the class or function stands in the source, if the engine tells.
  package var position: SourcePosition?
  /// Other classes that grew with it, largest first.
  package var companions: [String]

  package init(
    fingerprint: String,
    family: String,
    rule: String,
    className: String,
    certainty: String,
    explanation: String,
    retainerPath: [String],
    pathNote: String,
    isTooling: Bool = false,
    firstSeen: UnixNanoseconds,
    lastSeen: UnixNanoseconds,
    position: SourcePosition? = nil,
    companions: [String] = []
  ) {
    self.fingerprint = fingerprint
    self.family = family
    self.rule = rule
    self.className = className
    self.certainty = certainty
    self.explanation = explanation
    self.retainerPath = retainerPath
    self.pathNote = pathNote
    self.isTooling = isTooling
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.position = position
    self.companions = companions
  }
}

/// A finding as it was seen in one target's snapshots.
package struct FindingSite: Hashable, Sendable {
  package var fingerprint: String
  package var objectsPerStep: [UInt64]
  package var bytesPerStep: [UInt64]
  package var retainedSize: UInt64

  package init(
    fingerprint: String,
    objectsPerStep: [UInt64],
    bytesPerStep: [UInt64],
    retainedSize: UInt64
  ) {
    self.fingerprint = fingerprint
    self.objectsPerStep = objectsPerStep
    self.bytesPerStep = bytesPerStep
    self.retainedSize = retainedSize
  }
}

/// That the snapshots of one target were examined for leaks, and what was found: an examination
/// without sites says that the target is clean.
package struct ExaminationRecord: Hashable, Sendable {
  package var targetID: TargetID
  /// Which snapshots, oldest first: the same ones are examined once.
  package var snapshotIDs: [String]
  package var version: UInt32
  package var examinedAt: UnixNanoseconds
  package var comparedByID: Bool
  /// Why ids were not used; empty where they were.
  package var idNote: String
  package var sites: [FindingSite]
  /// Why it could not be examined; empty when it was.
  package var failure: String

  package init(
    targetID: TargetID,
    snapshotIDs: [String],
    version: UInt32,
    examinedAt: UnixNanoseconds,
    comparedByID: Bool,
    idNote: String = "",
    sites: [FindingSite],
    failure: String = ""
  ) {
    self.targetID = targetID
    self.snapshotIDs = snapshotIDs
    self.version = version
    self.examinedAt = examinedAt
    self.comparedByID = comparedByID
    self.idNote = idNote
    self.sites = sites
    self.failure = failure
  }
}
