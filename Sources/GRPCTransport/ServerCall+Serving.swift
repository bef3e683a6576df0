internal import CGRPC
internal import Synchronization

// The server's side of a call: what happens around its handler.

extension ServerCall {
  /// Where the handler's task runs; nil is the global pool.
  var executor: (any TaskExecutor)? {
    box.queue.resume == .inline ? box.queue : nil
  }

  /// Remembers the handler's task, and cancels it if the call is over already.
  func started(_ task: Task<Void, Never>) {
    let isLate = progress.withLock { progress -> Bool in
      // The task keeps this call: remembered after its end, the two would keep each other.
      if !progress.isFinished { progress.task = task }
      return progress.isCancelled
    }
    if isLate { task.cancel() }
  }

  /// Learns when the call is over for the core; if the client broke it off, the task is cancelled.
  func watchClose() {
    start(
      ClosureTag(keeping: box) { [self] _ in
        if box.state.pointee.cancelled != 0 { brokeOff() }
      }
    ) { cgrpc_receive_close(box.call, box.state, $0) }
  }

  private func brokeOff() {
    let task = progress.withLock { progress -> Task<Void, Never>? in
      progress.isCancelled = true
      return progress.task
    }
    task?.cancel()
  }

  /// Ends the call with what the handler came to.
  ///
  /// Fails silently if nobody is there any more.
  func finish(_ result: consuming HandlerResult) async {
    let status = result.status
    let message = result.payload?.takeBuffer()
    defer { if let message { grpc_byte_buffer_destroy(message) } }
    let canSend = box.claim(.sending)
    let answer = finalStatus(status, message, canSend: canSend)
    let outcome = await box.awaitBatch { tag in
      startStatus(answer, answer.code == .ok ? message : nil, tag)
    }
    if case .refused = outcome { box.cancel() }
    progress.withLock { progress in
      progress.isFinished = true
      progress.task = nil
    }
  }

  /// Ends a call that has no task, and tells when that is done.
  func finish(with status: RPCError, _ done: @escaping @Sendable () -> Void) {
    let didStart = start(ClosureTag(keeping: box) { _ in done() }) { startStatus(status, nil, $0) }
    if !didStart { done() }
  }

  /// Answers a call that no handler sees, and tells when it is over.
  func refuse(_ error: RPCError, _ done: @escaping @Sendable () -> Void) {
    let text = error.sentMessage.slice()
    defer { grpc_slice_unref(text) }
    let code = grpc_status_code(rawValue: error.code.rawValue)
    let didStart = start(ClosureTag(keeping: box) { _ in done() }) { tag in
      cgrpc_refuse(box.call, box.state, code, text, tag)
    }
    if !didStart { done() }
  }

  /// What came where a unary call has its message.
  enum First: ~Copyable {
    case message(ReceivedBuffer)
    /// The client ended its side without any.
    case none
    case brokenOff
  }

  /// Receives the message of a unary call, without a task.
  func receiveFirst(_ done: @escaping @Sendable (consuming First) -> Void) {
    let didStart = start(
      ClosureTag(keeping: box) { [box] succeeded in
        if let message = box.takeMessage() {
          done(.message(ReceivedBuffer(message)))
        } else if !succeeded || grpc_call_failed_before_recv_message(box.call) != 0 {
          done(.brokenOff)
        } else {
          done(.none)
        }
      }
    ) { cgrpc_receive_message(box.call, box.state, $0) }
    if !didStart { done(.brokenOff) }
  }

  /// Starts a batch that no task waits for.
  ///
  /// If the core refuses it, the call is cancelled.
  @discardableResult
  private func start(
    _ tag: Tag,
    _ body: (UnsafeMutableRawPointer) -> grpc_call_error
  ) -> Bool {
    let pointer = tag.retained()
    let didStart = body(pointer) == GRPC_CALL_OK
    if !didStart {
      Tag.abandon(pointer)
      box.cancel()
    }
    return didStart
  }

  private func startStatus(
    _ status: RPCError,
    _ message: UnsafeMutablePointer<grpc_byte_buffer>?,
    _ tag: UnsafeMutableRawPointer
  ) -> grpc_call_error {
    let text = status.sentMessage.slice()
    defer { grpc_slice_unref(text) }
    return progress.withLock { progress in
      status.trailing(atMost: limits.metadata).withCore { trailing in
        cgrpc_send_status(
          box.call,
          !progress.sentMetadata,
          message,
          trailing,
          grpc_status_code(rawValue: status.code.rawValue),
          text,
          tag
        )
      }
    }
  }

  private func finalStatus(
    _ status: RPCError,
    _ message: UnsafeMutablePointer<grpc_byte_buffer>?,
    canSend: Bool
  ) -> RPCError {
    guard let message else { return status }
    // A message that the handler left under way, in a task of its own, cannot be waited for.
    if !canSend { return .leftSending }
    let count = grpc_byte_buffer_length(message)
    if count > limits.message {
      return RPCError(.resourceExhausted, Payload.tooLong(count, limits.message))
    }
    return status
  }
}
