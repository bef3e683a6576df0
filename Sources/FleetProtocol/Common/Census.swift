internal import CFleetMessages
package import HeapModel

/// A census by class; columns on the wire.
package struct Census: FleetMessage {
  /// At most 2,048, in the order in which they were written.
  package var rows: [ClassCensus.Row]

  package init(rows: [ClassCensus.Row]) {
    self.rows = rows
  }
}

extension Census: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__census__init)

  init() {
    self.init(rows: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Census,
    _ fields: Fields
  ) throws(FleetError) {
    let most = ClassCensus.rowLimit
    var group = fields.isReading ? [] : rows.map { UInt32($0.group.rawValue) }
    var name = fields.isReading ? [] : rows.map(\.name)
    var count = fields.isReading ? [] : rows.map(\.count)
    var size = fields.isReading ? [] : rows.map(\.bytes)
    try fields.column(&group, &raw.group, &raw.n_group, "group", maximum: most)
    try fields.texts(&name, &raw.name, &raw.n_name, "name", maximum: most)
    try fields.column(&count, &raw.count, &raw.n_count, "count", maximum: most)
    try fields.column(&size, &raw.size, &raw.n_size, "size", maximum: most)
    try fields.sameLength([group.count, name.count, count.count, size.count], "census")
    guard fields.isReading else { return }
    rows = []
    rows.reserveCapacity(group.count)
    for row in group.indices {
      guard let known = UInt8(exactly: group[row]).flatMap({ ClassCensus.Group(rawValue: $0) })
      else { throw FleetError(.unsupported, "group of a census \(group[row]) is not known here") }
      rows.append(
        ClassCensus.Row(group: known, name: name[row], count: count[row], bytes: size[row])
      )
    }
  }
}
