internal import CFleetMessages

/// Asks for a page of targets.
package struct ListTargetsRequest: FleetMessage {
  package var choice: Choice
  package var cursor: String
  package var includeGone: Bool

  package init(
    choice: Choice,
    cursor: String = "",
    includeGone: Bool = false
  ) {
    self.choice = choice
    self.cursor = cursor
    self.includeGone = includeGone
  }
}

extension ListTargetsRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__list_targets_request__init)

  init() {
    self.init(choice: .selector(""))
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ListTargetsRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&choice, &raw.choice, "choice")
    try fields.text(&cursor, &raw.cursor, "cursor")
    fields.flag(&includeGone, &raw.include_gone)
  }
}

/// A page of targets.
package struct ListTargetsReply: FleetMessage {
  /// At most 1,024.
  package var rows: [TargetRow]
  package var nextCursor: String

  package init(
    rows: [TargetRow] = [],
    nextCursor: String = ""
  ) {
    self.rows = rows
    self.nextCursor = nextCursor
  }
}

extension ListTargetsReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__list_targets_reply__init)

  init() {
    self.init(rows: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ListTargetsReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.messages(&rows, &raw.rows, &raw.n_rows, "rows", maximum: FleetLimits.rows)
    try fields.text(&nextCursor, &raw.next_cursor, "next_cursor")
  }
}
