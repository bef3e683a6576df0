internal import CFleetMessages
package import HeapModel

/// A rule of the agent's own configuration wants a snapshot now.
///
/// The collector gives it its turn among those that people ask for, by a command of this id.
package struct ScheduledSnapshot: FleetMessage {
  package var commandID: String
  package var targetID: TargetID
  /// Of no use if it begins later than so long after it was asked for.
  package var waitMilliseconds: UInt64

  package init(commandID: String, targetID: TargetID, waitMilliseconds: UInt64) {
    self.commandID = commandID
    self.targetID = targetID
    self.waitMilliseconds = waitMilliseconds
  }
}

extension ScheduledSnapshot: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__scheduled_snapshot__init)

  init() {
    self.init(commandID: "", targetID: TargetID(high: 0, low: 0), waitMilliseconds: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ScheduledSnapshot,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&commandID, &raw.command_id, "command_id")
    try fields.target(&targetID, &raw.target_id, "target_id")
    fields.value(&waitMilliseconds, &raw.wait_millis)
  }
}
