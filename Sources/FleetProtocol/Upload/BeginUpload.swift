internal import CFleetMessages
package import HeapModel

/// Announces an upload, or asks how far one has come: the answer is the same.
package struct BeginUpload: FleetMessage {
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    /// Blocks of docs/formats/snapshot-columns.md.
    case snapshot = 1
    /// Each block one encoded `ProfilePart`.
    case profile = 2
    /// One block, an encoded `Measurement`.
    case measurement = 3
  }

  package var uploadID: String
  package var kind: Kind
  package var agentID: String
  package var targetID: TargetID
  package var commandID: String
  /// Empty outside a series.
  package var series: String
  package var step: UInt32
  package var startedAt: UnixNanoseconds
  /// The engine's format, such as `v8` or `jsc-inspector-3`.
  package var format: String
  package var redaction: RedactionNote
  /// Taken despite admission.
  package var isForced: Bool
  /// Another client, such as a developer's DevTools, was connected to the inspector at its start: what
  /// he keeps alive is in it too.
  package var inCompany: Bool

  package init(
    uploadID: String,
    kind: Kind,
    agentID: String,
    targetID: TargetID,
    commandID: String,
    series: String = "",
    step: UInt32 = 0,
    startedAt: UnixNanoseconds,
    format: String = "",
    redaction: RedactionNote = .none,
    isForced: Bool = false,
    inCompany: Bool = false
  ) {
    self.uploadID = uploadID
    self.kind = kind
    self.agentID = agentID
    self.targetID = targetID
    self.commandID = commandID
    self.series = series
    self.step = step
    self.startedAt = startedAt
    self.format = format
    self.redaction = redaction
    self.isForced = isForced
    self.inCompany = inCompany
  }
}

extension BeginUpload: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__begin_upload__init)

  init() {
    self.init(
      uploadID: "",
      kind: .snapshot,
      agentID: "",
      targetID: TargetID(high: 0, low: 0),
      commandID: "",
      startedAt: 0
    )
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__BeginUpload,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&uploadID, &raw.upload_id, "upload_id")
    try fields.word(&kind, &raw.kind, "kind")
    try fields.identifier(&agentID, &raw.agent_id, "agent_id")
    try fields.target(&targetID, &raw.target_id, "target_id")
    try fields.identifier(&commandID, &raw.command_id, "command_id")
    try fields.text(&series, &raw.series, "series")
    fields.value(&step, &raw.step)
    fields.value(&startedAt, &raw.started_unix_nanos)
    try fields.text(&format, &raw.format, "format")
    try fields.text(&redaction.mode, &raw.redaction_mode, "redaction_mode")
    try fields.text(&redaction.policyID, &raw.redaction_policy, "redaction_policy")
    fields.flag(&isForced, &raw.forced)
    fields.flag(&inCompany, &raw.in_company)
  }
}
