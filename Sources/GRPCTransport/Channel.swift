internal import CGRPC

/// A connection to one server, made when first needed and made anew when lost.
///
/// Calls keep the channel; it closes when its owner and the last call have let go.
package final class Channel: @unchecked Sendable {
  private let core: OpaquePointer
  private let queue: CompletionQueue
  private let limits: SendLimits

  /// Makes a channel; nothing is connected yet.
  ///
  /// - Parameter target: an address as `ListenAddress` reads it.
  /// - Throws: `TransportError`, for an address or credentials that cannot work, and for one that
  ///   is not on this host without TLS.
  package init(
    _ target: String,
    credentials: ClientCredentials,
    options: TransportOptions = TransportOptions(),
    queue: CompletionQueue
  ) throws {
    let address = try ListenAddress(target)
    if case .insecure = credentials {
      try address.checkPlaintextIsLocal(listening: false)
    }
    Library.start()
    let core = try credentials.withCore { credentials in
      ChannelArguments.client(options).withCore { arguments in
        grpc_channel_create(address.channelTarget, credentials, arguments)
      }
    }
    guard let core else {
      throw TransportError(.misuse, "The core made no channel to \(address).")
    }
    self.core = core
    self.queue = queue
    self.limits = SendLimits(options)
  }

  deinit {
    grpc_channel_destroy(core)
  }

  /// Tries to reconnect at once instead of waiting for the end of the back-off.
  package func resetBackoff() {
    grpc_channel_reset_connect_backoff(core)
  }

  /// Sends one message and waits for the one that answers it.
  ///
  /// Cancelling the task cancels the call, on the server too.
  ///
  /// - Throws: `RPCError` with the call's status; nothing else.
  package func unary(
    _ method: Method,
    _ payload: consuming Payload,
    _ options: CallOptions = CallOptions()
  ) async throws(RPCError) -> Payload {
    try payload.checkLength(atMost: limits.message)
    let message = payload.takeBuffer()
    defer { grpc_byte_buffer_destroy(message) }
    let box = try makeCall(method, options)
    let outcome = await withTaskCancellationHandler {
      await box.awaitBatch { tag in
        options.metadata.withCore { metadata in
          cgrpc_start_unary(box.call, box.state, metadata, options.flags, message, tag)
        }
      }
    } onCancel: {
      box.cancel()
    }
    if case .refused(let error) = outcome { throw RPCError(refused: error) }
    let status = FinalStatus(of: box)
    try status.check()
    guard let answer = box.takeMessage() else {
      throw RPCError(.internalError, "The server ended \(method) well but sent no answer.")
    }
    return try Payload(received: answer)
  }

  /// Starts a call with streams in both directions.
  ///
  /// - Throws: `RPCError` if the call cannot even start; a server that is away shows later.
  package func stream(
    _ method: Method,
    _ options: CallOptions = CallOptions()
  ) throws(RPCError) -> ClientCall {
    try ClientCall(starting: makeCall(method, options), options, limits: limits)
  }

  private func makeCall(
    _ method: Method,
    _ options: CallOptions
  ) throws(RPCError) -> CallBox {
    try options.metadata.checkSize(atMost: limits.metadata)
    guard queue.enter() else {
      throw RPCError(.failedPrecondition, "The completion queue was shut down.")
    }
    let path = method.path.slice()
    defer { grpc_slice_unref(path) }
    let call = grpc_channel_create_call(
      core,
      nil,
      // GRPC_PROPAGATE_DEFAULTS; without a parent there is nothing to propagate.
      0xFFFF,
      queue.core,
      path,
      nil,
      options.coreDeadline,
      nil
    )
    guard let call else {
      queue.leave()
      throw RPCError(.internalError, "The core made no call for \(method).")
    }
    return CallBox(call, queue: queue, owner: self)
  }
}

/// What one call asks for beyond its method.
package struct CallOptions: Sendable {
  package var metadata: Metadata
  /// Time for the whole call; it travels, so the server's handler is cancelled as well.
  package var deadline: Duration?
  /// Whether to wait for a server that is away instead of failing at once with UNAVAILABLE.
  ///
  /// Give a deadline too.
  package var waitForReady: Bool

  package init(
    metadata: Metadata = Metadata(),
    deadline: Duration? = nil,
    waitForReady: Bool = false
  ) {
    self.metadata = metadata
    self.deadline = deadline
    self.waitForReady = waitForReady
  }

  var flags: UInt32 {
    waitForReady
      ? UInt32(GRPC_INITIAL_METADATA_WAIT_FOR_READY)
        | UInt32(GRPC_INITIAL_METADATA_WAIT_FOR_READY_EXPLICITLY_SET)
      : 0
  }

  var coreDeadline: gpr_timespec {
    guard let deadline else { return gpr_inf_future(GPR_CLOCK_MONOTONIC) }
    return gpr_time_add(
      gpr_now(GPR_CLOCK_MONOTONIC),
      gpr_time_from_millis(deadline.wholeMilliseconds, GPR_TIMESPAN)
    )
  }
}
