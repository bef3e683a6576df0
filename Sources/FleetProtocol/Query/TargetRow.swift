internal import CFleetMessages
package import HeapModel

/// A target with what was last heard of it.
package struct TargetRow: FleetMessage {
  /// Growth of the floor after major collections, by robust regression.
  package struct Growth: Hashable, Sendable {
    package var bytesPerHour: Double
    /// The bounds of the interval at 95 %.
    package var low: Double
    package var high: Double
    /// How many floors it rests on.
    package var points: UInt32

    package init(bytesPerHour: Double, low: Double, high: Double, points: UInt32) {
      self.bytesPerHour = bytesPerHour
      self.low = low
      self.high = high
      self.points = points
    }
  }

  package var target: TargetDescription
  /// The last reading; nil when none came.
  package var usage: HeapUsage?
  package var lastSeen: UnixNanoseconds
  /// Nil while the readings do not tell.
  package var growth: Growth?
  package var agentID: String

  package init(
    target: TargetDescription,
    usage: HeapUsage?,
    lastSeen: UnixNanoseconds,
    growth: Growth?,
    agentID: String
  ) {
    self.target = target
    self.usage = usage
    self.lastSeen = lastSeen
    self.growth = growth
    self.agentID = agentID
  }
}

extension TargetRow: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__target_row__init)

  init() {
    self.init(target: TargetDescription(), usage: nil, lastSeen: 0, growth: nil, agentID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__TargetRow,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&target, &raw.target, "target")
    var points = usage.map { UsagePoints(targetID: target.id, readings: [$0]) }
    try fields.message(&points, &raw.usage)
    usage = points?.readings.last
    fields.value(&lastSeen, &raw.last_seen_unix_nanos)
    exchangeGrowth(&raw, fields)
    try fields.identifier(&agentID, &raw.agent_id, "agent_id")
  }

  private mutating func exchangeGrowth(
    _ raw: inout Retinue__Fleet__V1__TargetRow,
    _ fields: Fields
  ) {
    let isPresent = RETINUE__FLEET__V1__TARGET_ROW__HAS_GROWTH_GROWTH_PER_HOUR
    if fields.isReading {
      guard raw.has_growth_case == isPresent else {
        growth = nil
        return
      }
      growth = Growth(
        bytesPerHour: raw.growth_per_hour,
        low: raw.growth_low,
        high: raw.growth_high,
        points: raw.growth_points
      )
    } else if let growth {
      raw.has_growth_case = isPresent
      raw.growth_per_hour = growth.bytesPerHour
      raw.growth_low = growth.low
      raw.growth_high = growth.high
      raw.growth_points = growth.points
    }
  }
}
