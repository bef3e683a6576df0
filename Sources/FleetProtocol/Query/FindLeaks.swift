internal import CFleetMessages

/// Asks what leaks in the targets chosen, by their snapshots.
package struct FindLeaksRequest: FleetMessage {
  package var choice: Choice
  /// Or.
  package var series: String
  /// The last N snapshots of each target, at least 3.
  package var last: UInt32
  package var cursor: String
  package var waitMilliseconds: UInt32
  /// Also what only a debugger keeps, last; else a note says how many there are.
  package var includesTooling: Bool

  package init(
    choice: Choice,
    series: String = "",
    last: UInt32 = 0,
    cursor: String = "",
    waitMilliseconds: UInt32 = 0,
    includesTooling: Bool = false
  ) {
    self.choice = choice
    self.series = series
    self.last = last
    self.cursor = cursor
    self.waitMilliseconds = waitMilliseconds
    self.includesTooling = includesTooling
  }
}

extension FindLeaksRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__find_leaks_request__init)

  init() {
    self.init(choice: .selector(""))
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FindLeaksRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&choice, &raw.choice, "choice")
    try fields.text(&series, &raw.series, "series")
    fields.value(&last, &raw.last)
    try fields.text(&cursor, &raw.cursor, "cursor")
    try fields.wait(&waitMilliseconds, &raw.wait_millis)
    fields.flag(&includesTooling, &raw.includes_tooling)
  }
}

/// A page of findings.
package struct FindLeaksReply: FleetMessage {
  /// At most 256, gravest first.
  package var findings: [LeakFinding]
  package var nextCursor: String
  package var targetsExamined: UInt32
  /// What could not be examined, and why; at most 256.
  package var notes: [String]

  package init(
    findings: [LeakFinding] = [],
    nextCursor: String = "",
    targetsExamined: UInt32 = 0,
    notes: [String] = []
  ) {
    self.findings = findings
    self.nextCursor = nextCursor
    self.targetsExamined = targetsExamined
    self.notes = notes
  }
}

extension FindLeaksReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__find_leaks_reply__init)

  init() {
    self.init(findings: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FindLeaksReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.messages(
      &findings,
      &raw.findings,
      &raw.n_findings,
      "findings",
      maximum: FleetLimits.findings
    )
    try fields.text(&nextCursor, &raw.next_cursor, "next_cursor")
    fields.value(&targetsExamined, &raw.targets_examined)
    try fields.texts(&notes, &raw.notes, &raw.n_notes, "notes", maximum: FleetLimits.notes)
  }
}
