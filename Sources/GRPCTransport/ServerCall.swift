internal import CGRPC

/// A call, seen from its handler on the server.
///
/// When the client cancels, vanishes or its deadline passes, the handler's task is cancelled, and
/// every operation on the call throws `.cancelled` from then on.
package final class ServerCall: Sendable {
  package let method: Method
  /// What the client sent before its first message.
  package let metadata: Metadata
  /// When the client stops waiting.
  package let deadline: ContinuousClock.Instant?

  let box: CallBox
  let limits: SendLimits
  let progress = Guarded(Progress())

  struct Progress {
    var sentMetadata = false
    var isCancelled = false
    var isFinished = false
    var task: Task<Void, Never>?
  }

  init(_ incoming: IncomingCall, limits: SendLimits) {
    self.box = incoming.box
    self.method = incoming.method
    self.metadata = incoming.metadata
    self.deadline = incoming.deadline
    self.limits = limits
  }

  /// Who called.
  ///
  /// Read from the connection each time: keep it when it is needed often.
  package var peer: PeerIdentity {
    PeerIdentity(of: box.call)
  }

  /// Whether nobody waits for an answer any more.
  package var isCancelled: Bool {
    progress.withLock { $0.isCancelled }
  }

  /// The next message, or nil when the client said that no more follow.
  ///
  /// - Throws: `.cancelled` if the call broke off, so that a truncated upload never looks whole.
  package func receive() async throws(RPCError) -> Payload? {
    guard box.claim(.receiving) else { throw .secondOperation }
    defer { box.release(.receiving) }
    let outcome = await cancellable { box in
      await box.awaitBatch { cgrpc_receive_message(box.call, box.state, $0) }
    }
    if case .refused(let error) = outcome { throw RPCError(refused: error) }
    if let message = box.takeMessage() { return try Payload(received: message) }
    // The core reports the end and the loss of a stream alike; only this tells them apart.
    if case .failed = outcome { throw .brokenOff }
    if grpc_call_failed_before_recv_message(box.call) != 0 || isCancelled { throw .brokenOff }
    return nil
  }

  /// Sends a message; returns when the peer's window has taken it.
  ///
  /// - Throws: `.cancelled` if the call broke off; `.failedPrecondition` for a second send while
  ///   one is under way, which does not harm the first.
  package func send(_ payload: consuming Payload) async throws(RPCError) {
    try payload.checkLength(atMost: limits.message)
    let message = payload.takeBuffer()
    defer { grpc_byte_buffer_destroy(message) }
    try await sending { box, withMetadata, tag in
      cgrpc_send_message(box.call, withMetadata, message, tag)
    }
  }

  /// Sends metadata before the first message, at most once; without it, empty metadata goes out
  /// with the first message.
  package func sendInitial(_ metadata: Metadata) async throws(RPCError) {
    try metadata.checkSize(atMost: limits.metadata)
    try await sending { box, withMetadata, tag in
      guard withMetadata else { return GRPC_CALL_ERROR_TOO_MANY_OPERATIONS }
      return metadata.withCore { cgrpc_send_metadata(box.call, $0, tag) }
    }
  }

  private func sending(
    _ start: (CallBox, Bool, UnsafeMutableRawPointer) -> grpc_call_error
  ) async throws(RPCError) {
    guard box.claim(.sending) else { throw .secondOperation }
    defer { box.release(.sending) }
    let outcome = await cancellable { box in
      await box.awaitBatch { tag in
        progress.withLock { progress in
          let error = start(box, !progress.sentMetadata, tag)
          if error == GRPC_CALL_OK { progress.sentMetadata = true }
          return error
        }
      }
    }
    switch outcome {
    case .succeeded: return
    case .failed: throw .brokenOff
    case .refused(let error): throw RPCError(refused: error)
    }
  }

  private func cancellable<Result>(_ body: (CallBox) async -> Result) async -> Result {
    await withTaskCancellationHandler {
      await body(box)
    } onCancel: { [box] in
      box.cancel()
    }
  }
}
