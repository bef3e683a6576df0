internal import CFleetMessages

/// Two sets of instances, each by a selector, by their latest analysed snapshots.
package struct CompareFleetRequest: FleetMessage {
  package var baseSelector: String
  package var mainSelector: String
  package var cursor: String

  package init(
    baseSelector: String = "",
    mainSelector: String = "",
    cursor: String = ""
  ) {
    self.baseSelector = baseSelector
    self.mainSelector = mainSelector
    self.cursor = cursor
  }
}

extension CompareFleetRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__compare_fleet_request__init)

  init() {
    self.init(baseSelector: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CompareFleetRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&baseSelector, &raw.base_selector, "base_selector")
    try fields.text(&mainSelector, &raw.main_selector, "main_selector")
    try fields.text(&cursor, &raw.cursor, "cursor")
  }
}

/// A page of the comparison of two sets of instances.
package struct CompareFleetReply: FleetMessage {
  package var baseInstances: UInt32
  package var mainInstances: UInt32
  /// At most 8,192.
  package var classes: [FleetClassRow]
  package var nextCursor: String
  /// What was left out, and why; at most 256.
  package var notes: [String]

  package init(
    baseInstances: UInt32 = 0,
    mainInstances: UInt32 = 0,
    classes: [FleetClassRow] = [],
    nextCursor: String = "",
    notes: [String] = []
  ) {
    self.baseInstances = baseInstances
    self.mainInstances = mainInstances
    self.classes = classes
    self.nextCursor = nextCursor
    self.notes = notes
  }
}

extension CompareFleetReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__compare_fleet_reply__init)

  init() {
    self.init(baseInstances: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CompareFleetReply,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&baseInstances, &raw.base_instances)
    fields.value(&mainInstances, &raw.main_instances)
    try fields.messages(
      &classes,
      &raw.classes,
      &raw.n_classes,
      "classes",
      maximum: FleetLimits.classes
    )
    try fields.text(&nextCursor, &raw.next_cursor, "next_cursor")
    try fields.texts(&notes, &raw.notes, &raw.n_notes, "notes", maximum: FleetLimits.notes)
  }
}
