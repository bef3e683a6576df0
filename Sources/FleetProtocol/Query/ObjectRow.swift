internal import CFleetMessages

/// One object of a snapshot.
package struct ObjectRow: FleetMessage {
  package var id: UInt64
  package var name: String
  package var className: String
  package var selfSize: UInt64
  package var retainedSize: UInt64
  package var distance: Int32

  package init(
    id: UInt64 = 0,
    name: String = "",
    className: String = "",
    selfSize: UInt64 = 0,
    retainedSize: UInt64 = 0,
    distance: Int32 = 0
  ) {
    self.id = id
    self.name = name
    self.className = className
    self.selfSize = selfSize
    self.retainedSize = retainedSize
    self.distance = distance
  }
}

extension ObjectRow: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__object_row__init)

  init() {
    self.init(id: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ObjectRow,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&id, &raw.id)
    try fields.text(&name, &raw.name, "name")
    try fields.text(&className, &raw.class_name, "class_name")
    fields.value(&selfSize, &raw.self_size)
    fields.value(&retainedSize, &raw.retained_size)
    fields.value(&distance, &raw.distance)
  }
}
