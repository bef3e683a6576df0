internal import CFleetMessages

/// What came and went of one class between two snapshots.
package struct ClassDelta: FleetMessage {
  package var key: String
  package var name: String
  package var addedCount: UInt64
  package var removedCount: UInt64
  package var addedSize: UInt64
  package var removedSize: UInt64
  /// DevTools shows only some of the objects of this key.
  package var isPartialInDevTools: Bool

  package init(
    key: String = "",
    name: String = "",
    addedCount: UInt64 = 0,
    removedCount: UInt64 = 0,
    addedSize: UInt64 = 0,
    removedSize: UInt64 = 0,
    isPartialInDevTools: Bool = false
  ) {
    self.key = key
    self.name = name
    self.addedCount = addedCount
    self.removedCount = removedCount
    self.addedSize = addedSize
    self.removedSize = removedSize
    self.isPartialInDevTools = isPartialInDevTools
  }
}

extension ClassDelta: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__class_delta__init)

  init() {
    self.init(key: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ClassDelta,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&key, &raw.key, "key", maximum: FleetLimits.classKey)
    try fields.text(&name, &raw.name, "name")
    fields.value(&addedCount, &raw.added_count)
    fields.value(&removedCount, &raw.removed_count)
    fields.value(&addedSize, &raw.added_size)
    fields.value(&removedSize, &raw.removed_size)
    fields.flag(&isPartialInDevTools, &raw.partial_in_dev_tools)
  }
}
