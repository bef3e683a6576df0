internal import CFleetMessages
package import HeapModel

/// One act on one target.
///
/// Fan-out over a selector, staggering and leases are the collector's.
package struct Command: FleetMessage {
  package enum Action: Hashable, Sendable {
    case takeSnapshot(TakeSnapshot)
    case collectGarbage(CollectGarbage)
    case sample(Sample)
    case endSeries(EndSeries)
    case measure(Measure)
  }

  /// Also the idempotence key: the same id again is the same command.
  package var id: String
  package var targetID: TargetID
  /// Refused by the agent after it.
  package var deadline: UnixNanoseconds
  /// Nil for an act that a later minor version added: refused as `notSupported`.
  package var action: Action?

  package init(id: String, targetID: TargetID, deadline: UnixNanoseconds, action: Action?) {
    self.id = id
    self.targetID = targetID
    self.deadline = deadline
    self.action = action
  }
}

extension Command: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__command__init)

  init() {
    self.init(id: "", targetID: TargetID(high: 0, low: 0), deadline: 0, action: nil)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Command,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&id, &raw.id, "id")
    try fields.target(&targetID, &raw.target_id, "target_id")
    fields.value(&deadline, &raw.deadline_unix_nanos)
    if fields.isReading {
      action = try Self.action(of: raw, fields)
    } else {
      write(to: &raw, fields)
    }
  }

  private static func action(
    of raw: Retinue__Fleet__V1__Command,
    _ fields: Fields
  ) throws(FleetError) -> Action? {
    switch raw.action_case {
    case RETINUE__FLEET__V1__COMMAND__ACTION_TAKE_SNAPSHOT:
      .takeSnapshot(try fields.read(raw.take_snapshot))
    case RETINUE__FLEET__V1__COMMAND__ACTION_COLLECT_GARBAGE:
      .collectGarbage(try fields.read(raw.collect_garbage))
    case RETINUE__FLEET__V1__COMMAND__ACTION_SAMPLE: .sample(try fields.read(raw.sample))
    case RETINUE__FLEET__V1__COMMAND__ACTION_END_SERIES:
      .endSeries(try fields.read(raw.end_series))
    case RETINUE__FLEET__V1__COMMAND__ACTION_MEASURE: .measure(try fields.read(raw.measure))
    default: nil
    }
  }

  private func write(to raw: inout Retinue__Fleet__V1__Command, _ fields: Fields) {
    switch action {
    case .takeSnapshot(let action):
      raw.action_case = RETINUE__FLEET__V1__COMMAND__ACTION_TAKE_SNAPSHOT
      raw.take_snapshot = fields.written(action)
    case .collectGarbage(let action):
      raw.action_case = RETINUE__FLEET__V1__COMMAND__ACTION_COLLECT_GARBAGE
      raw.collect_garbage = fields.written(action)
    case .sample(let action):
      raw.action_case = RETINUE__FLEET__V1__COMMAND__ACTION_SAMPLE
      raw.sample = fields.written(action)
    case .endSeries(let action):
      raw.action_case = RETINUE__FLEET__V1__COMMAND__ACTION_END_SERIES
      raw.end_series = fields.written(action)
    case .measure(let action):
      raw.action_case = RETINUE__FLEET__V1__COMMAND__ACTION_MEASURE
      raw.measure = fields.written(action)
    case nil:
      break
    }
  }
}
