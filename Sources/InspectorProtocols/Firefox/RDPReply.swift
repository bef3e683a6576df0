internal import JSONStream

extension ProtocolFailure {
  /// The code of an answer that never comes, or that says that its actor is gone.
  static let actorGone: Int64 = -1

  static let neverAnswered = ProtocolFailure(code: actorGone, message: "its actor is gone")

  /// What a packet says instead of an answer.
  init?(packet: JSONValue) {
    guard let error = packet["error"]?.string else { return nil }
    self.init(
      code: error == "noSuchActor" ? Self.actorGone : 0,
      message: packet["message"]?.string ?? error
    )
  }
}

extension IncomingMessage {
  /// A packet as the answer to a call.
  init(answering id: Int64, _ packet: JSONValue) {
    self.init()
    self.id = id
    payload = packet
    failure = ProtocolFailure(packet: packet)
  }

  /// A packet that answers nothing.
  init(event type: String, _ packet: JSONValue) {
    self.init()
    method = type
    payload = packet
  }
}

extension Reply {
  /// The packet, or why there is none.
  var packet: JSONValue {
    get throws(SessionFailure) {
      switch self {
      case .result(let packet): return packet
      case .failure(let failure) where failure.code == ProtocolFailure.actorGone:
        throw FirefoxDialect.interruption
      case .failure(let failure):
        throw SessionFailure(.noAnswer, "Firefox answered: \(failure.message.prefix(200))")
      case .profile, .tooLarge:
        throw SessionFailure(.noAnswer, "Firefox answered what we cannot read")
      }
    }
  }
}
