internal import CSockets
internal import Glibc
internal import Synchronization

/// A listening Unix socket, for the notices of processes on this host.
///
/// Binds a path that must not exist, and removes it when it is closed. Who may connect is decided
/// by the folder's permissions.
package final class UnixListener: Sendable {
  package let path: String
  private let reactor: Reactor
  private let token: Reactor.Token
  private let descriptor: Mutex<Int32?>

  /// - Throws: `SocketError`, when the path is taken, too long, or may not be written.
  package init(path: String) throws(SocketError) {
    self.path = path
    let reactor = try Reactor.shared()
    let descriptor = csockets_listen_unix(path, 64)
    guard descriptor >= 0 else {
      throw SocketError(failure: Int(descriptor), "listen on \(path)")
    }
    self.reactor = reactor
    token = try reactor.register(descriptor)
    self.descriptor = Mutex(descriptor)
  }

  deinit {
    close()
  }

  /// Waits for the next connection.
  ///
  /// - Throws: `SocketError` (`closed`, `system` when this process is short of descriptors: try
  ///   again later), `CancellationError`.
  package func accept() async throws -> SocketConnection {
    while true {
      let accepted = descriptor.withLock { $0.map { csockets_accept($0) } }
      guard let accepted else { throw SocketError(.closed, "\(path) no longer listens") }
      if accepted >= 0 {
        return try SocketConnection(descriptor: accepted, address: .unix(path: path))
      }
      // A client that left before it was accepted is no reason to stop.
      guard accepted == -EAGAIN || accepted == -ECONNABORTED else {
        throw SocketError(failure: Int(accepted), "accept on \(path)")
      }
      switch await reactor.wait(token, for: .read, until: nil) {
      case .ready, .woken, .timedOut: break
      case .cancelled: try Task.checkCancellation()
      case .closed: throw SocketError(.closed, "\(path) no longer listens")
      }
    }
  }

  /// Stops listening and removes the path.
  package func close() {
    descriptor.withLock { descriptor in
      guard descriptor != nil else { return }
      descriptor = nil
      reactor.close(token)
      unlink(path)
    }
  }
}
