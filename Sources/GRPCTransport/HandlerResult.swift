internal import CGRPC

/// What a handler came to: a last message or none, and the status.
struct HandlerResult: ~Copyable {
  var payload: Payload?
  let status: RPCError

  init(_ payload: consuming Payload?) {
    self.payload = payload
    status = RPCError(.ok, "")
  }

  init(_ error: RPCError) {
    payload = nil
    status = error
  }
}

/// A message that arrived, on its way from the queue's thread into a task.
///
/// A task's closure cannot take a `~Copyable` value over, so this is a reference.
final class ReceivedBuffer: @unchecked Sendable {
  private var buffer: UnsafeMutablePointer<grpc_byte_buffer>?

  init(_ buffer: UnsafeMutablePointer<grpc_byte_buffer>) {
    self.buffer = buffer
  }

  deinit {
    if let buffer { grpc_byte_buffer_destroy(buffer) }
  }

  /// Gives the buffer to the one task that asks.
  func take() throws(RPCError) -> UnsafeMutablePointer<grpc_byte_buffer> {
    guard let taken = buffer else { throw .noMessage }
    buffer = nil
    return taken
  }
}

extension RPCError {
  /// What operations of a call throw when the client is gone.
  static let brokenOff = RPCError(.cancelled, "The client cancelled the call or is gone.")

  static let leftSending = RPCError(
    .internalError,
    "The handler returned while it was still sending."
  )

  private static let maxSentMessage = 2 << 10

  /// The message, cut to a length that fits into the peer's limit for metadata.
  var sentMessage: String {
    guard message.utf8.count > Self.maxSentMessage else { return message }
    return String(decoding: message.utf8.prefix(Self.maxSentMessage), as: UTF8.self)
  }

  /// The trailing metadata with the details, as far as the peer takes it beside the message.
  ///
  /// An error must arrive, whatever it carries: first the details are left out, then the metadata.
  func trailing(atMost limit: Int) -> Metadata {
    let room = limit - Metadata.roomForCore - sentMessage.utf8.count
    var metadata = trailing
    if let details { metadata.addStatusDetails(details) }
    if metadata.size <= room { return metadata }
    return trailing.size <= room ? trailing : Metadata()
  }
}
