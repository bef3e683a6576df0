internal import CFleetMessages

/// What a collector says on an agent's control stream.
package enum CollectorMessage: FleetMessage {
  case welcome(Welcome)
  case acknowledgement(Acknowledgement)
  case command(Command)
  case refusal(Refusal)
  /// Of a kind that a later minor version added: to be passed over.
  case unknown
}

extension CollectorMessage: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__collector_message__init)

  init() {
    self = .unknown
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CollectorMessage,
    _ fields: Fields
  ) throws(FleetError) {
    if fields.isReading {
      self = try Self.reading(raw, fields)
    } else {
      write(to: &raw, fields)
    }
  }

  private static func reading(
    _ raw: Retinue__Fleet__V1__CollectorMessage,
    _ fields: Fields
  ) throws(FleetError) -> CollectorMessage {
    switch raw.body_case {
    case RETINUE__FLEET__V1__COLLECTOR_MESSAGE__BODY_WELCOME:
      .welcome(try fields.read(raw.welcome))
    case RETINUE__FLEET__V1__COLLECTOR_MESSAGE__BODY_ACKNOWLEDGEMENT:
      .acknowledgement(try fields.read(raw.acknowledgement))
    case RETINUE__FLEET__V1__COLLECTOR_MESSAGE__BODY_COMMAND:
      .command(try fields.read(raw.command))
    case RETINUE__FLEET__V1__COLLECTOR_MESSAGE__BODY_REFUSAL:
      .refusal(try fields.read(raw.refusal))
    default: .unknown
    }
  }

  private func write(to raw: inout Retinue__Fleet__V1__CollectorMessage, _ fields: Fields) {
    switch self {
    case .welcome(let welcome):
      raw.body_case = RETINUE__FLEET__V1__COLLECTOR_MESSAGE__BODY_WELCOME
      raw.welcome = fields.written(welcome)
    case .acknowledgement(let acknowledgement):
      raw.body_case = RETINUE__FLEET__V1__COLLECTOR_MESSAGE__BODY_ACKNOWLEDGEMENT
      raw.acknowledgement = fields.written(acknowledgement)
    case .command(let command):
      raw.body_case = RETINUE__FLEET__V1__COLLECTOR_MESSAGE__BODY_COMMAND
      raw.command = fields.written(command)
    case .refusal(let refusal):
      raw.body_case = RETINUE__FLEET__V1__COLLECTOR_MESSAGE__BODY_REFUSAL
      raw.refusal = fields.written(refusal)
    case .unknown:
      break
    }
  }
}
