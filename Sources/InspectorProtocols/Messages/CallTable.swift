internal import JSONStream

/// A command that a session can send.
///
/// Each protocol has one enum of them, and nothing else is ever sent: the enum is the list of what
/// we may do to a target.
protocol InspectorCommand: Hashable, Sendable {
  var method: String { get }
  /// Writes the members of `params`; a command without any writes nothing.
  func writeParameters(to writer: inout JSONWriter)
  /// Whether the reply is a sampling profile, and from behind which ordinal its samples count.
  var profileAfter: Int64? { get }
  /// The message that says it.
  ///
  /// - Parameters:
  ///   - id: by which the reply is known, where replies carry one
  ///   - session: the session it is for, where one connection carries several side by side
  func message(id: Int64, session: String?) -> [UInt8]
}

extension InspectorCommand {
  /// As most protocols have it.
  func message(id: Int64, session: String?) -> [UInt8] {
    var parameters = JSONWriter()
    parameters.beginObject()
    writeParameters(to: &parameters)
    parameters.endObject()
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("id")
    writer.number(id)
    writer.key("method")
    writer.string(method)
    if parameters.bytes.count > 2 {
      writer.key("params")
      writer.raw(parameters.bytes.span.bytes)
    }
    if let session {
      writer.key("sessionId")
      writer.string(session)
    }
    writer.endObject()
    return writer.takeBytes()
  }
}

/// The calls that were sent and not yet answered.
struct CallTable<Command: InspectorCommand>: Sendable {
  struct Call: Sendable {
    let command: Command
    let sentAt: Duration
  }

  /// Bun reads ids as 32 bits and takes larger ones for negative; wrangler's proxy counts its own calls
  /// from 10^8 on.
  private static var largestID: Int64 { 99_999_999 }

  private var nextID: Int64
  private var calls: [Int64: Call] = [:]

  /// - Parameter nonce: random; where ids begin. Bun sends replies to every client, and other
  ///   clients begin at 1.
  init(nonce: UInt64) {
    nextID = 1 << 20 + Int64(nonce % (90 << 20))
  }

  var isEmpty: Bool { calls.isEmpty }

  /// When the oldest call was sent.
  var waitingSince: Duration? { calls.values.map(\.sentAt).min() }

  /// The calls whose replies are sampling profiles, and from behind which ordinal samples count.
  var profileCalls: [Int64: Int64] { calls.compactMapValues(\.command.profileAfter) }

  /// Notes a call and writes its message.
  ///
  /// - Parameter session: the session it is for, where one connection carries several side by side
  mutating func send(
    _ command: Command,
    for session: String? = nil,
    at now: Duration
  ) -> (id: Int64, text: [UInt8]) {
    calls[nextID] = Call(command: command, sentAt: now)
    return write(command, for: session)
  }

  /// Writes the message of a call whose reply nobody waits for.
  mutating func write(
    _ command: Command,
    for session: String? = nil
  ) -> (id: Int64, text: [UInt8]) {
    let id = nextID
    nextID = nextID < Self.largestID ? nextID + 1 : 1 << 20
    return (id, command.message(id: id, session: session))
  }

  /// The call that this id answers; nil for an id that is not ours.
  mutating func take(_ id: Int64) -> Call? {
    calls.removeValue(forKey: id)
  }

  func contains(_ id: Int64) -> Bool {
    calls[id] != nil
  }

  mutating func removeAll() {
    calls = [:]
  }
}
