package import HeapModel

/// What someone asked of a set of targets; its acts are what becomes of it.
package struct RequestRecord: Hashable, Sendable {
  /// The client's idempotence key.
  package var id: String
  package var createdAt: UnixNanoseconds
  /// Whether acts of it are still to come to an end.
  package var isOpen: Bool

  package init(id: String, createdAt: UnixNanoseconds, isOpen: Bool = true) {
    self.id = id
    self.createdAt = createdAt
    self.isOpen = isOpen
  }
}

/// One command on one target, from the wish to its end.
package struct ActRecord: Hashable, Sendable {
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case snapshot = 1
    case collection = 2
    case sampling = 3
    case endSeries = 4
    /// The collections of a window.
    case watchingCollections = 5
    /// Objects counted by class.
    case census = 6
  }

  package enum State: UInt8, Hashable, Sendable, CaseIterable {
    /// For its turn: a lease, the time of its step, an agent that is away.
    case waiting = 1
    /// The command was handed to the agent, perhaps; it is sent again until the agent knows it.
    case running = 2
    case done = 3
    case refused = 4
    case failed = 5

    package var isFinal: Bool { self == .done || self == .refused || self == .failed }
  }

  /// The command's id: 32 hexadecimal digits.
  package var id: String
  package var requestID: String
  package var kind: Kind
  package var targetID: TargetID
  package var agentID: String
  package var state: State
  package var reason: String
  package var reasonCode: String
  package var series: String
  package var step: UInt32
  /// Empty for acts without an upload.
  package var uploadID: String
  package var holdsIDs: Bool
  package var isForced: Bool
  /// Not before this time.
  package var notBefore: UnixNanoseconds
  /// Given up when it has not ended by then; every sign of life moves it on.
  package var giveUpAt: UnixNanoseconds
  /// The agent refuses to begin after this time; zero before it is sent.
  package var deadline: UnixNanoseconds
  /// A step of a series begins at least so long after the step before it began.
  package var stepDelayMilliseconds: UInt64
  /// The agent has finished, and only the end of the upload is awaited.
  package var isCaptured: Bool
  /// Of a window, or of a recording of allocations that ends with the snapshot; zero for
  /// a snapshot without one.
  package var durationMilliseconds: UInt64
  package var intervalBytes: UInt64
  /// Zero for a recording without stacks.
  package var stackDepth: UInt32
  package var progress: Progress

  /// What the agent told last.
  package struct Progress: Hashable, Sendable {
    package var done: UInt64 = 0
    package var total: UInt64 = 0
    package var estimatedPauseMilliseconds: UInt64 = 0
    package var estimatedGrowthBytes: UInt64 = 0
    package var collection: Collection?

    package init() {}
  }

  /// What a collection on request did.
  package struct Collection: Hashable, Sendable {
    package var usedBefore: UInt64
    package var usedAfter: UInt64
    package var pauseNanoseconds: UInt64

    package init(usedBefore: UInt64, usedAfter: UInt64, pauseNanoseconds: UInt64) {
      self.usedBefore = usedBefore
      self.usedAfter = usedAfter
      self.pauseNanoseconds = pauseNanoseconds
    }
  }

  /// Whether a rule of its agent's configuration asked for it: such an act is a request of its own,
  /// under the same id.
  package var isScheduled: Bool { requestID == id }

  /// Whether allocations are recorded before the snapshot.
  package var isRecording: Bool { kind == .snapshot && durationMilliseconds > 0 }

  package init(
    id: String,
    requestID: String,
    kind: Kind,
    targetID: TargetID,
    agentID: String,
    series: String = "",
    step: UInt32 = 0,
    uploadID: String = "",
    holdsIDs: Bool = false,
    isForced: Bool = false,
    notBefore: UnixNanoseconds,
    giveUpAt: UnixNanoseconds
  ) {
    self.id = id
    self.requestID = requestID
    self.kind = kind
    self.targetID = targetID
    self.agentID = agentID
    self.state = .waiting
    self.reason = ""
    self.reasonCode = ""
    self.series = series
    self.step = step
    self.uploadID = uploadID
    self.holdsIDs = holdsIDs
    self.isForced = isForced
    self.notBefore = notBefore
    self.giveUpAt = giveUpAt
    self.deadline = 0
    self.stepDelayMilliseconds = 0
    self.isCaptured = false
    self.durationMilliseconds = 0
    self.intervalBytes = 0
    self.stackDepth = 0
    self.progress = Progress()
  }
}
