internal import CFleetMessages

/// One object that was found.
package struct FoundObject: FleetMessage {
  package var row: ObjectRow
  /// Its node type in V8's word: `object`, `closure`, `string`.
  package var type: String

  package init(row: ObjectRow = ObjectRow(), type: String = "") {
    self.row = row
    self.type = type
  }
}

extension FoundObject: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__found_object__init)

  init() {
    self.init(type: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FoundObject,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&row, &raw.row, "row")
    try fields.text(&type, &raw.type, "type")
  }
}
