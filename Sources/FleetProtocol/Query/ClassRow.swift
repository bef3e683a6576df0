internal import CFleetMessages

/// One class of objects in a snapshot.
package struct ClassRow: FleetMessage {
  /// At most 4,096 bytes.
  package var key: String
  package var name: String
  package var count: UInt64
  package var selfSize: UInt64
  package var retainedSize: UInt64
  package var distance: Int32
  /// What DevTools shows where it is less than `count`, else 0.
  package var countInDevTools: UInt64

  package init(
    key: String = "",
    name: String = "",
    count: UInt64 = 0,
    selfSize: UInt64 = 0,
    retainedSize: UInt64 = 0,
    distance: Int32 = 0,
    countInDevTools: UInt64 = 0
  ) {
    self.key = key
    self.name = name
    self.count = count
    self.selfSize = selfSize
    self.retainedSize = retainedSize
    self.distance = distance
    self.countInDevTools = countInDevTools
  }
}

extension ClassRow: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__class_row__init)

  init() {
    self.init(key: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ClassRow,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&key, &raw.key, "key", maximum: FleetLimits.classKey)
    try fields.text(&name, &raw.name, "name")
    fields.value(&count, &raw.count)
    fields.value(&selfSize, &raw.self_size)
    fields.value(&retainedSize, &raw.retained_size)
    fields.value(&distance, &raw.distance)
    fields.value(&countInDevTools, &raw.count_in_dev_tools)
  }
}
