internal import CFleetMessages
internal import HeapModel

/// One heap space over the readings of the `UsagePoints` around it.
struct SpacePoints: FleetMessage {
  var name = ""
  /// Which reading each value belongs to.
  var point: [UInt32] = []
  var used: [UInt64] = []
  var size: [UInt64] = []

  /// The spaces of all readings, in the order in which they first appear.
  static func columns(of readings: some Collection<HeapUsage>) -> [SpacePoints] {
    var spaces: [SpacePoints] = []
    var position: [String: Int] = [:]
    for (point, reading) in readings.enumerated() {
      for space in reading.spaces {
        let index = position[space.name] ?? spaces.count
        if index == spaces.count {
          guard index < FleetLimits.heapSpaces else { continue }
          position[space.name] = index
          spaces.append(SpacePoints(name: space.name))
        }
        spaces[index].point.append(UInt32(point))
        spaces[index].used.append(space.used)
        spaces[index].size.append(space.size)
      }
    }
    return spaces
  }

  func add(to readings: inout [HeapUsage]) throws(FleetError) {
    for (index, point) in point.enumerated() {
      guard point < readings.count else {
        throw FleetError(
          .malformed,
          "space '\(name)' speaks of reading \(point), which is not there"
        )
      }
      let space = HeapSpace(name: name, used: used[index], size: size[index])
      readings[Int(point)].spaces.append(space)
    }
  }
}

extension SpacePoints: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__space_points__init)

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__SpacePoints,
    _ fields: Fields
  ) throws(FleetError) {
    let most = FleetLimits.usagePoints
    try fields.text(&name, &raw.name, "name")
    try fields.column(&point, &raw.point, &raw.n_point, "point", maximum: most)
    try fields.column(&used, &raw.used, &raw.n_used, "used", maximum: most)
    try fields.column(&size, &raw.size, &raw.n_size, "size", maximum: most)
    try fields.sameLength([point.count, used.count, size.count], "spaces")
  }
}
