internal import CFleetMessages

/// Asks for a page of a snapshot's analysis.
package struct ReadAnalysisRequest: FleetMessage {
  package var snapshotID: String
  package var cursor: String
  /// Until the analysis is there, at most 60,000.
  package var waitMilliseconds: UInt32

  package init(
    snapshotID: String,
    cursor: String = "",
    waitMilliseconds: UInt32 = 0
  ) {
    self.snapshotID = snapshotID
    self.cursor = cursor
    self.waitMilliseconds = waitMilliseconds
  }
}

extension ReadAnalysisRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__read_analysis_request__init)

  init() {
    self.init(snapshotID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ReadAnalysisRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&snapshotID, &raw.snapshot_id, "snapshot_id")
    try fields.text(&cursor, &raw.cursor, "cursor")
    try fields.wait(&waitMilliseconds, &raw.wait_millis)
  }
}

/// A page of a snapshot's analysis.
package struct ReadAnalysisReply: FleetMessage {
  package var snapshot: SnapshotRow
  package var totals: AnalysisTotals?
  /// At most 8,192, by retained size.
  package var classes: [ClassRow]
  /// At most 256; on the first page.
  package var largest: [ObjectRow]
  package var nextCursor: String
  /// On the first page; nil where the engine has none.
  package var nativeContexts: NativeContexts?
  /// Objects outside the engine's heap by class, most bytes first; at most 256, on the first page.
  package var nativeClasses: [FoundClass]

  package init(
    snapshot: SnapshotRow,
    totals: AnalysisTotals? = nil,
    classes: [ClassRow] = [],
    largest: [ObjectRow] = [],
    nextCursor: String = "",
    nativeContexts: NativeContexts? = nil,
    nativeClasses: [FoundClass] = []
  ) {
    self.snapshot = snapshot
    self.totals = totals
    self.classes = classes
    self.largest = largest
    self.nextCursor = nextCursor
    self.nativeContexts = nativeContexts
    self.nativeClasses = nativeClasses
  }
}

extension ReadAnalysisReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__read_analysis_reply__init)

  init() {
    self.init(snapshot: SnapshotRow())
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ReadAnalysisReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&snapshot, &raw.snapshot, "snapshot")
    try fields.message(&totals, &raw.totals)
    try fields.messages(
      &classes,
      &raw.classes,
      &raw.n_classes,
      "classes",
      maximum: FleetLimits.classes
    )
    try fields.messages(
      &largest,
      &raw.largest,
      &raw.n_largest,
      "largest",
      maximum: FleetLimits.largestObjects
    )
    try fields.text(&nextCursor, &raw.next_cursor, "next_cursor")
    try fields.message(&nativeContexts, &raw.native_contexts)
    try fields.messages(
      &nativeClasses,
      &raw.native_classes,
      &raw.n_native_classes,
      "native_classes",
      maximum: FleetLimits.nativeClasses
    )
  }
}
