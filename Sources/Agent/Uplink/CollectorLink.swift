internal import FleetProtocol
package import GRPCTransport

/// The way to the collector: a channel, and what every call on it carries.
package struct CollectorLink: Sendable {
  let channel: Channel
  private let metadata: Metadata

  /// - Parameter token: what a collector on loopback TCP asks for; nil on a Unix socket, whose
  ///   folder is its own protection, and with TLS.
  /// - Throws: for an address or credentials that cannot work.
  package init(
    address: String,
    credentials: ClientCredentials,
    token: String?,
    queue: CompletionQueue
  ) throws {
    var options = TransportOptions()
    // Uploads and readings go up one at a time; nothing here needs more than a few messages.
    options.memoryQuota = 16 << 20
    options.reconnect = TransportOptions.Backoff(
      initial: .milliseconds(500),
      maximum: .seconds(30)
    )
    channel = try Channel(address, credentials: credentials, options: options, queue: queue)
    var metadata = Metadata()
    if let token { try metadata.add("authorization", .text("Bearer \(token)")) }
    self.metadata = metadata
  }

  /// Calls a method that has one answer.
  ///
  /// - Throws: `RPCError`; `.internalError` for an answer that nobody can read.
  func call<Request, Reply>(
    _ method: FleetMethod<Request, Reply>,
    _ payload: consuming Payload,
    deadline: Duration
  ) async throws(RPCError) -> Reply {
    let options = CallOptions(metadata: metadata, deadline: deadline)
    let answer = try await channel.unary(Method(method.path), payload, options)
    return try Self.decode(Reply.self, answer)
  }

  func openControlStream() throws(RPCError) -> ClientCall {
    let options = CallOptions(metadata: metadata)
    return try channel.stream(Method(FleetMethods.Agents.control.path), options)
  }

  /// Tries to connect at once instead of waiting for the channel's own time.
  func connectNow() {
    channel.resetBackoff()
  }

  static func decode<Message: FleetMessage>(
    _: Message.Type,
    _ payload: borrowing Payload
  ) throws(RPCError) -> Message {
    let result = payload.withContiguous { bytes in
      Result { () throws(FleetError) in try Message(decoding: bytes) }
    }
    do {
      return try result.get()
    } catch {
      throw RPCError(.internalError, "the collector sent what cannot be read: \(error)")
    }
  }
}
