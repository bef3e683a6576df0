internal import CFleetMessages
package import HeapModel

extension SourcePosition: FleetMessage {}

extension SourcePosition: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__source_position__init)

  init() {
    self.init(script: "", line: 0, column: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__SourcePosition,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&script, &raw.script, "script")
    var (line, column) = (UInt32(clamping: self.line), UInt32(clamping: self.column))
    fields.value(&line, &raw.line)
    fields.value(&column, &raw.column)
    (self.line, self.column) = (Int(line), Int(column))
  }
}
