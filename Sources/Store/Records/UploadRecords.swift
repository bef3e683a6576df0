package import Cryptography
package import HeapModel

/// A snapshot, profile or measurement that is coming, has come, or never came: its id is the upload's.
package struct UploadRecord: Hashable, Sendable {
  package enum Kind: UInt8, Hashable, Sendable {
    case snapshot = 1
    case profile = 2
    case measurement = 3
  }

  /// 32 hexadecimal digits, chosen by the collector.
  package var id: String
  package var kind: Kind
  package var state: CaptureState
  /// Why it is incomplete or refused; empty otherwise.
  package var reason: String
  package var agentID: String
  package var targetID: TargetID
  package var commandID: String
  /// Empty outside a series.
  package var series: String
  package var step: UInt32
  package var format: String
  package var redaction: RedactionNote
  /// Taken despite admission.
  package var isForced: Bool
  /// Another client was connected to the target's inspector when it was begun.
  package var inCompany: Bool
  /// By the agent's clock.
  package var startedAt: UnixNanoseconds
  package var endedAt: UnixNanoseconds
  /// By the collector's clock: when it was first heard of, and when anything last came.
  package var receivedAt: UnixNanoseconds
  package var touchedAt: UnixNanoseconds
  package var blockCount: UInt32
  /// Sum of the blocks' sizes before compression, and as stored.
  package var rawBytes: UInt64
  package var storedBytes: UInt64
  package var nodeCount: UInt64
  package var edgeCount: UInt64
  /// Bytes of the engine's own text.
  package var textBytes: UInt64
  package var epoch: IdentityEpoch?
  package var pauseNanoseconds: UInt64

  package init(
    id: String,
    kind: Kind,
    state: CaptureState = .running,
    reason: String = "",
    agentID: String,
    targetID: TargetID,
    commandID: String = "",
    series: String = "",
    step: UInt32 = 0,
    format: String = "",
    redaction: RedactionNote = .none,
    isForced: Bool = false,
    inCompany: Bool = false,
    startedAt: UnixNanoseconds = 0,
    receivedAt: UnixNanoseconds
  ) {
    self.id = id
    self.kind = kind
    self.state = state
    self.reason = reason
    self.agentID = agentID
    self.targetID = targetID
    self.commandID = commandID
    self.series = series
    self.step = step
    self.format = format
    self.redaction = redaction
    self.isForced = isForced
    self.inCompany = inCompany
    self.startedAt = startedAt
    self.endedAt = 0
    self.receivedAt = receivedAt
    self.touchedAt = receivedAt
    self.blockCount = 0
    self.rawBytes = 0
    self.storedBytes = 0
    self.nodeCount = 0
    self.edgeCount = 0
    self.textBytes = 0
    self.epoch = nil
    self.pauseNanoseconds = 0
  }
}

/// One block of an upload.
package struct BlockRecord: Hashable, Sendable {
  package var index: UInt32
  /// Sum of the raw sizes of the blocks before it.
  package var offset: UInt64
  package var rawSize: UInt32
  package var storedSize: UInt32
  /// The block's kind, as its format numbers them.
  package var kind: UInt32
  package var blob: Digest

  package init(
    index: UInt32,
    offset: UInt64,
    rawSize: UInt32,
    storedSize: UInt32,
    kind: UInt32,
    blob: Digest
  ) {
    self.index = index
    self.offset = offset
    self.rawSize = rawSize
    self.storedSize = storedSize
    self.kind = kind
    self.blob = blob
  }
}

/// Which uploads are meant.
package struct UploadFilter: Hashable, Sendable {
  package var kind: UploadRecord.Kind?
  package var states: Set<CaptureState>?
  package var series: String?
  package var targets: TargetFilter
  /// Begun at this time or later, by the agent's clock.
  package var since: UnixNanoseconds

  package init(
    kind: UploadRecord.Kind? = nil,
    states: Set<CaptureState>? = nil,
    series: String? = nil,
    targets: TargetFilter = .all,
    since: UnixNanoseconds = 0
  ) {
    self.kind = kind
    self.states = states
    self.series = series
    self.targets = targets
    self.since = since
  }

  package func matches(_ upload: UploadRecord, of target: TargetRecord?) -> Bool {
    (kind.map { $0 == upload.kind } ?? true)
      && (states?.contains(upload.state) ?? true)
      && (series.map { $0 == upload.series } ?? true)
      && (targets.id.map { $0 == upload.targetID } ?? true)
      && matches(target?.description)
      && upload.startedAt >= since
  }

  private func matches(_ target: TargetDescription?) -> Bool {
    guard let target else { return targets.selector?.terms.isEmpty ?? true }
    return TargetFilter(selector: targets.selector, includesGone: targets.includesGone)
      .matches(target)
  }
}

/// An upload with the target it is of, which can be unknown where an inventory was lost.
package struct UploadOfTarget: Hashable, Sendable {
  package var upload: UploadRecord
  package var target: TargetRecord?
  /// Nil before anything was tried.
  package var analysis: AnalysisRecord?

  package init(upload: UploadRecord, target: TargetRecord?, analysis: AnalysisRecord?) {
    self.upload = upload
    self.target = target
    self.analysis = analysis
  }
}

/// Where a list of uploads goes on: they come newest first.
package struct UploadCursor: Hashable, Sendable {
  package var receivedAt: UnixNanoseconds
  package var id: String

  package init(receivedAt: UnixNanoseconds, id: String) {
    self.receivedAt = receivedAt
    self.id = id
  }
}
