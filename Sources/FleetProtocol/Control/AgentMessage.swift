internal import CFleetMessages

/// What an agent says on its control stream.
package struct AgentMessage: FleetMessage {
  package enum Body: Hashable, Sendable {
    case hello(Hello)
    case inventory(Inventory)
    case readings(Readings)
    case commandUpdate(CommandUpdate)
    case drops(Drops)
    case scheduledSnapshot(ScheduledSnapshot)
  }

  /// Numbers everything but `hello` from 1, per agent, across reconnects; `hello` has 0.
  package var sequence: UInt64
  /// Nil for a kind that a later minor version added: acknowledged like any other, and passed over.
  package var body: Body?

  package init(sequence: UInt64 = 0, body: Body?) {
    self.sequence = sequence
    self.body = body
  }
}

extension AgentMessage: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__agent_message__init)

  init() {
    self.init(body: nil)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__AgentMessage,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&sequence, &raw.sequence)
    if fields.isReading {
      body = try Self.body(of: raw, fields)
    } else {
      write(to: &raw, fields)
    }
  }

  private static func body(
    of raw: Retinue__Fleet__V1__AgentMessage,
    _ fields: Fields
  ) throws(FleetError) -> Body? {
    switch raw.body_case {
    case RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_HELLO: .hello(try fields.read(raw.hello))
    case RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_INVENTORY:
      .inventory(try fields.read(raw.inventory))
    case RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_READINGS: .readings(try fields.read(raw.readings))
    case RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_COMMAND_UPDATE:
      .commandUpdate(try fields.read(raw.command_update))
    case RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_DROPS: .drops(try fields.read(raw.drops))
    case RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_SCHEDULED_SNAPSHOT:
      .scheduledSnapshot(try fields.read(raw.scheduled_snapshot))
    default: nil
    }
  }

  private func write(to raw: inout Retinue__Fleet__V1__AgentMessage, _ fields: Fields) {
    switch body {
    case .hello(let hello):
      raw.body_case = RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_HELLO
      raw.hello = fields.written(hello)
    case .inventory(let inventory):
      raw.body_case = RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_INVENTORY
      raw.inventory = fields.written(inventory)
    case .readings(let readings):
      raw.body_case = RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_READINGS
      raw.readings = fields.written(readings)
    case .commandUpdate(let update):
      raw.body_case = RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_COMMAND_UPDATE
      raw.command_update = fields.written(update)
    case .drops(let drops):
      raw.body_case = RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_DROPS
      raw.drops = fields.written(drops)
    case .scheduledSnapshot(let snapshot):
      raw.body_case = RETINUE__FLEET__V1__AGENT_MESSAGE__BODY_SCHEDULED_SNAPSHOT
      raw.scheduled_snapshot = fields.written(snapshot)
    case nil:
      break
    }
  }
}
