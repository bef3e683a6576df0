internal import CFleetMessages
package import HeapModel

/// A snapshot in a listing.
package struct SnapshotRow: FleetMessage {
  package var id: String
  package var targetID: TargetID
  package var labels: TargetLabels
  package var runtime: RuntimeKind
  /// The engine's format, such as `v8` or `jsc-inspector-3`.
  package var format: String
  /// Empty outside a series.
  package var series: String
  package var step: UInt32
  package var state: CaptureState
  /// Why it is incomplete or refused.
  package var reason: String
  package var takenAt: UnixNanoseconds
  package var nodeCount: UInt64
  package var edgeCount: UInt64
  /// Bytes of the engine's own text, and of the blocks in the store.
  package var textBytes: UInt64
  package var storedBytes: UInt64
  package var redaction: RedactionNote
  package var isAnalysed: Bool
  /// Of the analysis, where there is one.
  package var totalSelfSize: UInt64
  /// Taken despite admission.
  package var isForced: Bool
  /// Another client was connected to the inspector when it was begun.
  package var inCompany: Bool
  /// How long the target stood still.
  package var pauseNanoseconds: UInt64

  package init(
    id: String,
    targetID: TargetID,
    labels: TargetLabels,
    runtime: RuntimeKind,
    format: String = "",
    series: String = "",
    step: UInt32 = 0,
    state: CaptureState,
    reason: String = "",
    takenAt: UnixNanoseconds,
    nodeCount: UInt64 = 0,
    edgeCount: UInt64 = 0,
    textBytes: UInt64 = 0,
    storedBytes: UInt64 = 0,
    redaction: RedactionNote = .none,
    isAnalysed: Bool = false,
    totalSelfSize: UInt64 = 0,
    isForced: Bool = false,
    inCompany: Bool = false,
    pauseNanoseconds: UInt64 = 0
  ) {
    self.id = id
    self.targetID = targetID
    self.labels = labels
    self.runtime = runtime
    self.format = format
    self.series = series
    self.step = step
    self.state = state
    self.reason = reason
    self.takenAt = takenAt
    self.nodeCount = nodeCount
    self.edgeCount = edgeCount
    self.textBytes = textBytes
    self.storedBytes = storedBytes
    self.redaction = redaction
    self.isAnalysed = isAnalysed
    self.totalSelfSize = totalSelfSize
    self.isForced = isForced
    self.inCompany = inCompany
    self.pauseNanoseconds = pauseNanoseconds
  }
}

extension SnapshotRow: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__snapshot_row__init)

  init() {
    self.init(
      id: "",
      targetID: TargetID(high: 0, low: 0),
      labels: TargetLabels(service: ""),
      runtime: .node,
      state: .incomplete,
      takenAt: 0
    )
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__SnapshotRow,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&id, &raw.id, "id")
    try fields.target(&targetID, &raw.target_id, "target_id")
    try fields.text(&labels.service, &raw.service, "service")
    try fields.text(&labels.version, &raw.version, "version")
    try fields.text(&labels.instance, &raw.instance, "instance")
    try fields.text(&labels.environment, &raw.environment, "environment")
    try fields.runtime(&runtime, &raw.runtime, &raw.engine)
    try fields.text(&format, &raw.format, "format")
    try fields.text(&series, &raw.series, "series")
    fields.value(&step, &raw.step)
    try fields.word(&state, &raw.state, "state")
    try fields.text(&reason, &raw.reason, "reason")
    fields.value(&takenAt, &raw.taken_unix_nanos)
    fields.value(&nodeCount, &raw.node_count)
    fields.value(&edgeCount, &raw.edge_count)
    fields.value(&textBytes, &raw.text_bytes)
    fields.value(&storedBytes, &raw.stored_bytes)
    try fields.text(&redaction.mode, &raw.redaction_mode, "redaction_mode")
    try fields.text(&redaction.policyID, &raw.redaction_policy, "redaction_policy")
    fields.flag(&isAnalysed, &raw.analysed)
    fields.value(&totalSelfSize, &raw.total_self_size)
    fields.flag(&isForced, &raw.forced)
    fields.flag(&inCompany, &raw.in_company)
    fields.value(&pauseNanoseconds, &raw.pause_nanos)
  }
}
