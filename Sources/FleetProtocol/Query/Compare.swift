internal import CFleetMessages

/// Compares two snapshots, class by class.
package struct CompareRequest: FleetMessage {
  package var baseSnapshotID: String
  package var mainSnapshotID: String
  package var cursor: String
  package var waitMilliseconds: UInt32

  package init(
    baseSnapshotID: String,
    mainSnapshotID: String,
    cursor: String = "",
    waitMilliseconds: UInt32 = 0
  ) {
    self.baseSnapshotID = baseSnapshotID
    self.mainSnapshotID = mainSnapshotID
    self.cursor = cursor
    self.waitMilliseconds = waitMilliseconds
  }
}

extension CompareRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__compare_request__init)

  init() {
    self.init(baseSnapshotID: "", mainSnapshotID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CompareRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&baseSnapshotID, &raw.base_snapshot_id, "base_snapshot_id")
    try fields.identifier(&mainSnapshotID, &raw.main_snapshot_id, "main_snapshot_id")
    try fields.text(&cursor, &raw.cursor, "cursor")
    try fields.wait(&waitMilliseconds, &raw.wait_millis)
  }
}

/// A page of the comparison.
package struct CompareReply: FleetMessage {
  package var byID: Bool
  /// Why ids were not used.
  package var note: String
  /// At most 8,192.
  package var classes: [ClassDelta]
  package var nextCursor: String

  package init(
    byID: Bool = false,
    note: String = "",
    classes: [ClassDelta] = [],
    nextCursor: String = ""
  ) {
    self.byID = byID
    self.note = note
    self.classes = classes
    self.nextCursor = nextCursor
  }
}

extension CompareReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__compare_reply__init)

  init() {
    self.init(byID: false)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CompareReply,
    _ fields: Fields
  ) throws(FleetError) {
    fields.flag(&byID, &raw.by_id)
    try fields.text(&note, &raw.note, "note")
    try fields.messages(
      &classes,
      &raw.classes,
      &raw.n_classes,
      "classes",
      maximum: FleetLimits.classes
    )
    try fields.text(&nextCursor, &raw.next_cursor, "next_cursor")
  }
}
