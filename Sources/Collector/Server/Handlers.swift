internal import FleetProtocol
internal import GRPCTransport

/// Makes handlers of the transport, which knows bytes, from functions over the contract's messages.
enum Handlers {
  /// One message in, one out.
  static func unary<Request, Reply>(
    _ method: FleetMethod<Request, Reply>,
    _ body: @escaping @Sendable (Request) async throws -> Reply
  ) -> [Method: Handler] {
    let handler = Handler.unary { (_, payload: consuming Payload) in
      let request = try decode(Request.self, payload)
      return Payload(try await answering { try await body(request) }.encoded())
    }
    return [Method(method.path): handler]
  }

  /// One message in, any number out.
  static func stream<Request, Reply>(
    _ method: FleetMethod<Request, Reply>,
    _ body: @escaping @Sendable (Request, Caller, (Reply) async throws -> Void) async throws -> Void
  ) -> [Method: Handler] {
    let handler = Handler.streaming { call in
      guard let payload = try await call.receive() else {
        throw RPCError(.invalidArgument, "The call ended without a message.")
      }
      let request = try decode(Request.self, payload)
      try await answering {
        try await body(request, Caller(call)) { reply in
          try await call.send(Payload(reply.encoded()))
        }
      }
      return nil
    }
    return [Method(method.path): handler]
  }

  /// Both directions as they come.
  static func conversation(
    _ method: FleetMethod<AgentMessage, CollectorMessage>,
    _ body: @escaping @Sendable (any ControlStream) async throws -> Void
  ) -> [Method: Handler] {
    let handler = Handler.streaming { call in
      try await answering { try await body(CallStream(call: call)) }
      return nil
    }
    return [Method(method.path): handler]
  }

  fileprivate static func decode<Message: FleetMessage>(
    _: Message.Type,
    _ payload: borrowing Payload
  ) throws(RPCError) -> Message {
    do {
      return try payload.withContiguous { bytes in try Message(decoding: bytes) }
    } catch {
      throw RPCError(.invalidArgument, "The message cannot be read: \(error)")
    }
  }

  /// Says our errors in the transport's words.
  private static func answering<Value>(
    _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let error as QueryError {
      throw RPCError(error)
    } catch let error as UploadService.Refusal {
      throw RPCError(error)
    } catch let error as ControlError {
      throw RPCError(error)
    }
  }
}

/// A control stream on the wire.
private struct CallStream: ControlStream {
  let call: ServerCall

  func receive() async throws -> AgentMessage? {
    guard let payload = try await call.receive() else { return nil }
    return try Handlers.decode(AgentMessage.self, payload)
  }

  func send(_ message: CollectorMessage) async throws {
    try await call.send(Payload(message.encoded()))
  }
}

extension Caller {
  init(_ call: ServerCall) {
    let peer = call.peer
    self.init(name: peer.spiffeID ?? peer.commonName ?? peer.address)
  }
}

extension RPCError {
  init(_ error: QueryError) {
    let code: StatusCode =
      switch error.code {
      case .invalid: .invalidArgument
      case .notFound: .notFound
      case .notPossible: .failedPrecondition
      case .unavailable: .unavailable
      case .full: .resourceExhausted
      }
    self.init(code, error.description)
  }

  init(_ error: UploadService.Refusal) {
    let code: StatusCode =
      switch error.code {
      case .malformed: .invalidArgument
      case .foreign: .permissionDenied
      case .unknown: .notFound
      case .full: .resourceExhausted
      case .unavailable: .unavailable
      }
    self.init(code, error.description)
    // When to come again: room is made by people or by what expires, so not at once.
    if error.code == .full {
      var trailing = Metadata()
      try? trailing.add("retry-after-seconds", .text("30"))
      self.trailing = trailing
    }
  }

  init(_ error: ControlError) {
    let code: StatusCode =
      switch error.code {
      case .malformed: .invalidArgument
      case .unavailable: .unavailable
      case .full: .resourceExhausted
      }
    self.init(code, error.description)
  }
}
