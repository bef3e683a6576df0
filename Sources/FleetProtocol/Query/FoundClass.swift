internal import CFleetMessages

/// Objects of one class among those that were found.
package struct FoundClass: FleetMessage {
  package var name: String
  package var count: UInt64
  /// Bytes.
  package var selfSize: UInt64

  package init(name: String = "", count: UInt64 = 0, selfSize: UInt64 = 0) {
    self.name = name
    self.count = count
    self.selfSize = selfSize
  }
}

extension FoundClass: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__found_class__init)

  init() {
    self.init(name: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FoundClass,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&name, &raw.name, "name")
    fields.value(&count, &raw.count)
    fields.value(&selfSize, &raw.self_size)
  }
}
