internal import CGRPC

/// How a client's call ended, copied out of the call's memory.
struct FinalStatus: Sendable {
  var code: StatusCode
  var message: String
  var trailing: Metadata
  var details: [UInt8]?

  /// Reads what RECV_STATUS_ON_CLIENT wrote.
  init(of box: CallBox) {
    // A number we do not know is UNKNOWN, as the protocol says.
    code = StatusCode(rawValue: box.state.pointee.status.rawValue) ?? .unknown
    message = String(slice: box.state.pointee.status_details)
    trailing = Metadata(copying: box.state.pointee.trailing_metadata)
    details = trailing.takeStatusDetails()
    // A call that comes in while the server stops is reset by the server's core, without words of
    // any handler: for the caller nothing but a server that is away.
    if code == .cancelled, !box.wasCancelledHere, Self.isOfTheCore(message) {
      code = .unavailable
      message = "The server has ended the call: it stops."
    }
  }

  private static func isOfTheCore(_ message: String) -> Bool {
    message.isEmpty || message == "CANCELLED" || message.contains("RST_STREAM")
  }

  var error: RPCError {
    RPCError(code, message, trailing: trailing, details: details)
  }

  func check() throws(RPCError) {
    if code != .ok { throw error }
  }
}

extension RPCError {
  /// An operation that the core did not start.
  init(refused error: grpc_call_error) {
    switch error {
    case GRPC_CALL_ERROR_TOO_MANY_OPERATIONS:
      self = .secondOperation
    case GRPC_CALL_ERROR_INVALID_METADATA:
      self.init(.invalidArgument, "The metadata of the call was refused.")
    default:
      let name = grpc_call_error_to_string(error).map { String(cString: $0) } ?? "\(error.rawValue)"
      self.init(.failedPrecondition, "The call does not allow this now (\(name)).")
    }
  }

  /// A second send while one is under way, or a second receive.
  static let secondOperation = RPCError(
    .failedPrecondition,
    "One message at a time: the operation before on this call has not ended."
  )
}

extension Payload {
  /// Takes over a message that arrived.
  init(received buffer: UnsafeMutablePointer<grpc_byte_buffer>) throws(RPCError) {
    guard !cgrpc_is_compressed(buffer) else {
      grpc_byte_buffer_destroy(buffer)
      throw RPCError(.unimplemented, "Compressed messages are not read here: send them plain.")
    }
    self.init(owning: buffer)
  }

  /// Refuses a message before it is sent.
  ///
  /// Left to the core, the peer would see a broken call.
  borrowing func checkLength(atMost limit: Int) throws(RPCError) {
    guard count <= limit else { throw RPCError(.resourceExhausted, Self.tooLong(count, limit)) }
  }

  static func tooLong(_ count: Int, _ limit: Int) -> String {
    "The message has \(count) bytes, and \(limit) are allowed."
  }
}
