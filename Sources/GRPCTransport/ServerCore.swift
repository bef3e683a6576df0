internal import CGRPC
internal import Glibc
internal import Synchronization

/// The core's server and the sockets it listens on.
///
/// Order of its life: made (and bound) → `start` → `request` any number of times → `stop` → when
/// that has called back and nothing is armed any more, `destroy`.
final class ServerCore: @unchecked Sendable {
  /// What was bound, with real ports.
  let addresses: [ListenAddress]

  private let core: OpaquePointer
  private let queues: [CompletionQueue]
  private let socketFiles: [SocketFile]

  init(
    listen: [(ListenAddress, ServerCredentials)],
    options: TransportOptions,
    queues: [CompletionQueue]
  ) throws {
    guard !queues.isEmpty, !listen.isEmpty else {
      throw TransportError(.misuse, "A server needs a completion queue and an address.")
    }
    for (address, credentials) in listen {
      try address.check()
      if case .insecureLocalOnly = credentials {
        try address.checkPlaintextIsLocal(listening: true)
      }
    }
    Library.start()
    let core = ChannelArguments.server(options).withCore { grpc_server_create($0, nil) }
    guard let core else { throw TransportError(.misuse, "The core made no server.") }
    var entered: [CompletionQueue] = []
    for queue in queues {
      guard queue.enter() else {
        Self.discard(core, entered, [])
        throw TransportError(.misuse, "The completion queue was shut down.")
      }
      grpc_server_register_completion_queue(core, queue.core, nil)
      entered.append(queue)
    }
    var addresses: [ListenAddress] = []
    var files: [SocketFile] = []
    do {
      for (address, credentials) in listen {
        let (bound, file) = try Self.bind(core, address, credentials)
        addresses.append(bound)
        if let file { files.append(file) }
      }
    } catch {
      Self.discard(core, entered, files)
      throw error
    }
    self.core = core
    self.queues = queues
    self.addresses = addresses
    self.socketFiles = files
  }

  /// Gets rid of a server that never started.
  ///
  /// What it bound closes in the background, and the queue's shutdown waits for that.
  private static func discard(
    _ core: OpaquePointer,
    _ queues: [CompletionQueue],
    _ files: [SocketFile]
  ) {
    guard let queue = queues.first else {
      grpc_server_destroy(core)
      return
    }
    nonisolated(unsafe) let core = core
    // The tag can be popped before `grpc_server_shutdown_and_notify` has returned, which still
    // walks over the listeners then: the last of the two destroys the server.
    let ends = Countdown(2) {
      grpc_server_destroy(core)
      for file in files { file.release() }
      for queue in queues { queue.leave() }
    }
    let tag = ClosureTag(keeping: nil) { _ in ends.count() }
    grpc_server_shutdown_and_notify(core, queue.core, tag.retained())
    ends.count()
  }

  // MARK: - Binding

  private static func bind(
    _ core: OpaquePointer,
    _ address: ListenAddress,
    _ credentials: ServerCredentials
  ) throws -> (ListenAddress, SocketFile?) {
    switch address {
    case .unix(let path):
      let file = try SocketFile(claiming: path)
      do {
        try file.whileBinding {
          let port = try credentials.withCore {
            grpc_server_add_http2_port(core, address.bindTarget, $0)
          }
          guard port != 0 else { throw address.explainBindFailure(credentials) }
        }
      } catch {
        file.release()
        throw error
      }
      return (address, file)
    case .tcp(let host, _):
      let port = try credentials.withCore {
        grpc_server_add_http2_port(core, address.bindTarget, $0)
      }
      guard port != 0 else { throw address.explainBindFailure(credentials) }
      return (.tcp(host: host, port: Int(port)), nil)
    }
  }

  // MARK: - Life

  func start() {
    grpc_server_start(core)
  }

  /// Asks for the next call; false if the core refuses.
  func request(_ slot: AcceptTag) -> Bool {
    let pointer = slot.retained()
    let error = grpc_server_request_call(
      core,
      &slot.state.pointee.call,
      &slot.state.pointee.details,
      &slot.state.pointee.metadata,
      slot.queue.core,
      slot.queue.core,
      pointer
    )
    if error != GRPC_CALL_OK { Tag.abandon(pointer) }
    return error == GRPC_CALL_OK
  }

  /// No new calls from here on; `done` when the core has none any more.
  ///
  /// `done` may come before this returns, and `destroy` must not: the core still walks over its
  /// listeners.
  func stop(_ done: @escaping @Sendable () -> Void) {
    let tag = ClosureTag(keeping: nil) { _ in done() }
    grpc_server_shutdown_and_notify(core, queues[0].core, tag.retained())
  }

  func cancelAllCalls() {
    grpc_server_cancel_all_calls(core)
  }

  func destroy() {
    grpc_server_destroy(core)
    for file in socketFiles { file.release() }
    for queue in queues { queue.leave() }
  }
}

extension ListenAddress {
  /// The port of a TCP address, 0 for a path.
  var port: Int {
    switch self {
    case .tcp(_, let port): port
    case .unix: 0
    }
  }

  /// Finds out why the core could not listen, since it says no more than that it could not.
  ///
  /// A system that lets us bind the address leaves only the credentials as a reason.
  fileprivate func explainBindFailure(_ credentials: ServerCredentials) -> TransportError {
    guard let socketAddress = SocketAddress(resolving: self) else {
      return TransportError(
        .cannotListen,
        "Cannot listen on \(self): the name has no address here."
      )
    }
    if let error = socketAddress.tryToListen() {
      return TransportError(
        error == EADDRINUSE ? .addressInUse : .cannotListen,
        "Cannot listen on \(self): \(String(cString: strerror(error)))."
      )
    }
    guard case .mutualTLS = credentials else {
      return TransportError(.cannotListen, "Cannot listen on \(self).")
    }
    return TransportError(
      .invalidCredentials,
      "The certificate, key or client roots for \(self) are not usable: either one of them is not "
        + "PEM all through, or the key does not belong to the certificate."
    )
  }
}
