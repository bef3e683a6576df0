internal import CFleetMessages

/// Asks for a page of snapshots.
package struct ListSnapshotsRequest: FleetMessage {
  package var choice: Choice
  package var series: String
  package var cursor: String

  package init(
    choice: Choice,
    series: String = "",
    cursor: String = ""
  ) {
    self.choice = choice
    self.series = series
    self.cursor = cursor
  }
}

extension ListSnapshotsRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__list_snapshots_request__init)

  init() {
    self.init(choice: .selector(""))
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ListSnapshotsRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&choice, &raw.choice, "choice")
    try fields.text(&series, &raw.series, "series")
    try fields.text(&cursor, &raw.cursor, "cursor")
  }
}

/// A page of snapshots, newest first.
package struct ListSnapshotsReply: FleetMessage {
  /// At most 1,024.
  package var rows: [SnapshotRow]
  package var nextCursor: String

  package init(
    rows: [SnapshotRow] = [],
    nextCursor: String = ""
  ) {
    self.rows = rows
    self.nextCursor = nextCursor
  }
}

extension ListSnapshotsReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__list_snapshots_reply__init)

  init() {
    self.init(rows: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ListSnapshotsReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.messages(&rows, &raw.rows, &raw.n_rows, "rows", maximum: FleetLimits.rows)
    try fields.text(&nextCursor, &raw.next_cursor, "next_cursor")
  }
}
