internal import CGRPC

/// Accepts calls and hands each to its handler, in a task of its own.
///
/// - never more than `maxActiveCalls` handlers; further calls are refused without a task
/// - never more than a thousand refusals under way; then no more calls are taken from the core
///   until some are gone
/// - lives until `shutdown(grace:)` has returned, whoever holds it
package final class Server: Sendable {
  /// The port of each address of `listen`, in that order; 0 for a Unix socket.
  package let boundPorts: [Int]
  /// The addresses of `listen`, with the ports that were really bound.
  package let boundAddresses: [ListenAddress]

  private let core: ServerCore
  private let handlers: [Method: Handler]
  private let admit: @Sendable (borrowing CallInfo) -> RPCError?
  private let report: @Sendable (Method, any Error) -> Void
  private let limits: SendLimits

  private let traffic: Guarded<Traffic<AcceptTag>>
  private let trafficEnded = OneShot<Void>()
  private let stopped = OneShot<Void>()

  /// Requests for a new call that wait in the core at any time, per queue.
  private static let acceptSlots = 16

  /// Listens and serves at once: handlers may run before this returns.
  ///
  /// - Parameters:
  ///   - handlers: by method; any other method is answered with UNIMPLEMENTED.
  ///   - listen: addresses, and how their clients prove who they are.
  ///   - queues: calls are spread over them; one is enough.
  ///   - admit: looks at each call before it gets a task, and refuses it by returning an error,
  ///     whose code and message travel. Runs on the queue's thread: it must not block.
  ///   - report: told of errors that were answered with INTERNAL and a neutral sentence.
  /// - Throws: `TransportError`, for an address that cannot or must not be listened on.
  package init(
    _ handlers: [Method: Handler],
    listen: [(ListenAddress, ServerCredentials)],
    options: TransportOptions = TransportOptions(),
    queues: [CompletionQueue],
    admit: @escaping @Sendable (borrowing CallInfo) -> RPCError? = { _ in nil },
    report: @escaping @Sendable (Method, any Error) -> Void = { _, _ in }
  ) throws {
    self.core = try ServerCore(listen: listen, options: options, queues: queues)
    self.boundAddresses = core.addresses
    self.boundPorts = core.addresses.map(\.port)
    self.handlers = handlers
    self.admit = admit
    self.report = report
    self.limits = SendLimits(options)
    self.traffic = Guarded(Traffic(maxActive: options.maxActiveCalls))
    core.start()
    for queue in queues {
      for _ in 0..<Self.acceptSlots {
        arm(AcceptTag(server: self, queue: queue))
      }
    }
  }

  /// Calls whose handler has not ended.
  package var activeCalls: Int {
    traffic.withLock { $0.active }
  }

  /// Stops accepting, gives running calls `grace` to end, then cancels them.
  ///
  /// Returns when no handler runs any more and the addresses are free. A handler that ignores its
  /// cancellation keeps this waiting. Further calls wait for the first.
  package func shutdown(grace: Duration) async {
    guard traffic.withLock({ $0.beginStop() }) else { return await stopped.wait() }
    let coreStopped = OneShot<Void>()
    core.stop { coreStopped.arrive(()) }
    let deadline = Task { [core] in
      // Cancelled when all calls have ended in time.
      guard (try? await Task.sleep(for: grace)) != nil else { return }
      core.cancelAllCalls()
    }
    await coreStopped.wait()
    // The core is done before handlers have unwound, and these still start operations.
    await trafficEnded.wait()
    deadline.cancel()
    await deadline.value
    core.destroy()
    stopped.arrive(())
  }

  // MARK: - Accepting

  /// Asks the core for the next call on this slot, if the traffic allows.
  private func arm(_ slot: AcceptTag) {
    change { traffic in
      // The request is made under the lock, so that none starts once stopping has begun.
      if traffic.arm(slot), !core.request(slot) {
        traffic.slotReturned()
      }
    }
  }

  /// A call came in at a slot; nil when the slot came back empty, because the server stops.
  fileprivate func accepted(_ incoming: IncomingCall?, at slot: AcceptTag) {
    guard let incoming else { return change { $0.slotReturned() } }
    let call = ServerCall(incoming, limits: limits)
    let handler = handlers[call.method]
    let objection = handler == nil ? .unimplemented(call.method) : admit(CallInfo(call: call))
    let refusal = traffic.withLock { $0.accepted(objection: objection) }
    if let refusal {
      call.refuse(refusal) { [self] in refusalEnded() }
    } else if let handler {
      serve(call, handler)
    }
    arm(slot)
  }

  private func refusalEnded() {
    var slot: AcceptTag?
    change { slot = $0.refusalEnded() }
    if let slot { arm(slot) }
  }

  /// Changes the traffic, and notices its end.
  private func change(_ body: (inout Traffic<AcceptTag>) -> Void) {
    let isEnd = traffic.withLock { traffic -> Bool in
      body(&traffic)
      return traffic.isEnd
    }
    if isEnd { trafficEnded.arrive(()) }
  }

  // MARK: - Serving

  private func serve(_ call: ServerCall, _ handler: Handler) {
    call.watchClose()
    switch handler {
    case .streaming(let body):
      run(call) { try await body(call) }
    case .unary(let body):
      // No task before the message is here: a call that is reset at once costs none.
      call.receiveFirst { [self] message in
        switch message {
        case .message(let message):
          run(call) { try await body(call, Payload(received: message.take())) }
        case .none:
          call.finish(with: .noMessage) { [self] in change { $0.ended() } }
        case .brokenOff:
          change { $0.ended() }
        }
      }
    }
  }

  private func run(_ call: ServerCall, _ body: @escaping @Sendable () async throws -> Payload?) {
    let task = Task(executorPreference: call.executor) { [self] in
      await call.finish(result(of: body, call))
      change { $0.ended() }
    }
    call.started(task)
  }

  private func result(
    of body: @Sendable () async throws -> Payload?,
    _ call: ServerCall
  ) async -> HandlerResult {
    do {
      return HandlerResult(try await body())
    } catch let error as RPCError {
      return HandlerResult(error.code == .ok ? .unknownOutcome(error) : error)
    } catch is CancellationError where call.isCancelled {
      return HandlerResult(.brokenOff)
    } catch {
      report(call.method, error)
      return HandlerResult(.neutral)
    }
  }
}

/// What `admit` may look at.
package struct CallInfo: ~Copyable {
  private let call: ServerCall

  fileprivate init(call: ServerCall) {
    self.call = call
  }

  package var method: Method { call.method }
  package var metadata: Metadata { call.metadata }
  /// Read from the connection each time.
  package var peer: PeerIdentity { call.peer }
}

/// A slot at which the core delivers the next call.
final class AcceptTag: Tag, @unchecked Sendable {
  let queue: CompletionQueue
  let state = cgrpc_accept_state_create()
  private let server: Server

  init(server: Server, queue: CompletionQueue) {
    self.server = server
    self.queue = queue
  }

  deinit {
    cgrpc_accept_state_destroy(state)
  }

  override func complete(succeeded: Bool) {
    let incoming = succeeded ? IncomingCall(takenFrom: state, queue: queue) : nil
    server.accepted(incoming, at: self)
  }
}

/// A call as the core delivered it, copied out of the slot.
struct IncomingCall {
  let box: CallBox
  let method: Method
  let metadata: Metadata
  let deadline: ContinuousClock.Instant?

  /// Nil if there is none.
  ///
  /// The slot is ready for the next call afterwards.
  init?(takenFrom state: UnsafeMutablePointer<cgrpc_accept_state>, queue: CompletionQueue) {
    guard let call = state.pointee.call else { return nil }
    queue.enterForServer()
    box = CallBox(call, queue: queue, owner: nil)
    method = Method(String(slice: state.pointee.details.method))
    metadata = Metadata(copying: state.pointee.metadata)
    let left = cgrpc_nanoseconds_until(state.pointee.details.deadline)
    deadline = left == .max ? nil : ContinuousClock.now + .nanoseconds(left)
    cgrpc_accept_state_reset(state)
  }
}
