internal import CGRPC

/// A call with streams in both directions, seen from the client.
///
/// One task may send while another receives. Receiving is a pull: what is not asked for stays
/// behind the window, at the sender. A call that is let go is cancelled.
package final class ClientCall: Sendable {
  private let box: CallBox
  private let initial = OneShot<Metadata>()
  private let status = OneShot<FinalStatus>()
  private let limits: SendLimits

  init(
    starting box: CallBox,
    _ options: CallOptions,
    limits: SendLimits
  ) throws(RPCError) {
    self.box = box
    self.limits = limits
    try Self.start(
      ClosureTag(keeping: box) { [initial] _ in
        initial.arrive(Metadata(copying: box.state.pointee.initial_metadata))
      }
    ) { tag in
      options.metadata.withCore { metadata in
        cgrpc_start_stream(box.call, box.state, metadata, options.flags, tag)
      }
    }
    try Self.start(
      ClosureTag(keeping: box) { [status] _ in
        status.arrive(FinalStatus(of: box))
      }
    ) { tag in
      cgrpc_receive_status(box.call, box.state, tag)
    }
  }

  deinit {
    // The receipt of the status keeps the call alive; without this, until the server ends it.
    box.cancel()
  }

  private static func start(
    _ tag: Tag,
    _ body: (UnsafeMutableRawPointer) -> grpc_call_error
  ) throws(RPCError) {
    let pointer = tag.retained()
    let error = body(pointer)
    if error != GRPC_CALL_OK {
      Tag.abandon(pointer)
      throw RPCError(refused: error)
    }
  }

  /// Sends a message; returns when the peer's window has taken it.
  ///
  /// - Throws: `RPCError` with the final status if the call ended before. A second send while one
  ///   is under way is refused with `.failedPrecondition`, and does not harm the first.
  package func send(_ payload: consuming Payload) async throws(RPCError) {
    try payload.checkLength(atMost: limits.message)
    let message = payload.takeBuffer()
    defer { grpc_byte_buffer_destroy(message) }
    try await sending { box, tag in cgrpc_send_message(box.call, false, message, tag) }
  }

  /// Says that no message follows.
  ///
  /// The server's `receive()` then returns nil.
  package func halfClose() async throws(RPCError) {
    try await sending { box, tag in cgrpc_half_close(box.call, tag) }
  }

  /// The next message, or nil when there is none any more: then see `finish()`.
  ///
  /// - Throws: only for our own mistakes; how the call ended is what `finish()` says.
  package func receive() async throws(RPCError) -> Payload? {
    guard box.claim(.receiving) else { throw .secondOperation }
    defer { box.release(.receiving) }
    let outcome = await cancellable { box in
      await box.awaitBatch { cgrpc_receive_message(box.call, box.state, $0) }
    }
    if case .refused(let error) = outcome { throw RPCError(refused: error) }
    guard let message = box.takeMessage() else { return nil }
    return try Payload(received: message)
  }

  /// The metadata that the server sent before its first message; empty if the call ended without.
  package func initialMetadata() async -> Metadata {
    await cancellable { [initial] _ in await initial.wait() }
  }

  /// Waits for the end of the call and returns what the server sent last.
  ///
  /// Messages that still come are received and dropped, since the core reports the status behind
  /// the last of them only.
  ///
  /// - Throws: `RPCError` with the status, unless that is `.ok`.
  package func finish() async throws(RPCError) -> Metadata {
    while status.value == nil, let message = try? await receive() {
      _ = consume message
    }
    let status = await cancellable { [status] _ in await status.wait() }
    try status.check()
    return status.trailing
  }

  /// Ends the call from our side; `finish()` then throws `.cancelled`.
  package func cancel() {
    box.cancel()
  }

  private func sending(
    _ start: (CallBox, UnsafeMutableRawPointer) -> grpc_call_error
  ) async throws(RPCError) {
    guard box.claim(.sending) else { throw .secondOperation }
    defer { box.release(.sending) }
    let outcome = await cancellable { box in
      await box.awaitBatch { start(box, $0) }
    }
    switch outcome {
    case .succeeded:
      return
    case .refused(let error):
      throw RPCError(refused: error)
    case .failed:
      let status = await status.wait()
      try status.check()
      throw RPCError(.failedPrecondition, "The server ended the call before it took the message.")
    }
  }

  /// Waits, and cancels the call when the task is cancelled meanwhile.
  private func cancellable<Result>(_ body: (CallBox) async -> Result) async -> Result {
    await withTaskCancellationHandler {
      await body(box)
    } onCancel: { [box] in
      box.cancel()
    }
  }
}
