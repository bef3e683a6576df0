internal import CSockets
internal import Glibc
internal import Synchronization

/// A connected stream socket.
///
/// One task reads and one task writes at a time; `wake` and `close` may be called from anywhere.
/// Waiting costs no thread and no buffer. Cancelling a task that waits here ends its wait with
/// `CancellationError`. The socket is closed with its last reference at the latest.
package final class SocketConnection: Sendable {
  package let address: SocketAddress
  private let reactor: Reactor
  private let token: Reactor.Token
  /// Nil once closed; holding the lock while the system is called keeps `close` from giving the
  /// number away in between.
  private let descriptor: Mutex<Int32?>

  /// Takes charge of a descriptor, also when it throws.
  init(descriptor: Int32, address: SocketAddress) throws(SocketError) {
    self.address = address
    let reactor: Reactor
    do {
      reactor = try Reactor.shared()
    } catch {
      _ = csockets_close(descriptor)
      throw error
    }
    self.reactor = reactor
    token = try reactor.register(descriptor)
    self.descriptor = Mutex(descriptor)
  }

  deinit {
    reactor.close(token)
  }

  /// Connects, and answers once the connection stands.
  ///
  /// - Throws: `SocketError` (`unreachable`, `timedOut`, `system`), `CancellationError`.
  package static func connect(
    to address: SocketAddress,
    until deadline: ContinuousClock.Instant
  ) async throws -> SocketConnection {
    let descriptor =
      switch address {
      case .tcp(let host, let port): csockets_connect_tcp(host.bytes, host.bytes.count, port)
      case .namespacedTCP(let host, let port, let namespace):
        csockets_connect_tcp_inside(
          namespace.processID,
          namespace.inode,
          host.bytes,
          host.bytes.count,
          port
        )
      case .unix(let path): csockets_connect_unix(path)
      }
    guard descriptor >= 0 else {
      throw SocketError(failure: Int(descriptor), "connect to \(address)")
    }
    let connection = try SocketConnection(descriptor: descriptor, address: address)
    do {
      try await connection.waitUntilWritable(until: deadline)
      try connection.checkPendingError()
    } catch {
      connection.close()
      throw error
    }
    return connection
  }

  /// Why `waitUntilReadable` came back.
  package enum Readiness: Hashable, Sendable {
    /// There is something to read: bytes, the end, or an error.
    case readable
    case timedOut
    /// `wake` was called.
    case woken
  }

  /// Waits until there is something to read.
  ///
  /// - Parameter deadline: nil waits without end.
  /// - Throws: `SocketError(.closed)`, `CancellationError`.
  package func waitUntilReadable(until deadline: ContinuousClock.Instant?) async throws -> Readiness
  {
    while true {
      switch await reactor.wait(token, for: .read, until: deadline) {
      case .ready: return .readable
      case .timedOut: return .timedOut
      case .woken: return .woken
      case .cancelled: try Task.checkCancellation()
      case .closed: throw closed
      }
    }
  }

  /// Ends the wait of `waitUntilReadable`: the one that is on, or else the next one.
  package func wake() {
    reactor.wake(token)
  }

  /// Reads what has arrived, without waiting.
  ///
  /// - Returns: how many bytes were read, 0 at the end of the stream, nil if nothing has arrived.
  /// - Throws: `SocketError` (`closed`, `system`).
  package func readAvailable(into buffer: UnsafeMutableRawBufferPointer) throws(SocketError) -> Int?
  {
    let count = try withDescriptor { csockets_receive($0, buffer.baseAddress, buffer.count) }
    if count >= 0 { return count }
    if count == -Int(EAGAIN) { return nil }
    throw SocketError(failure: count, "read from \(address)")
  }

  /// Reads what arrives next.
  ///
  /// - Returns: how many bytes were read; 0 at the end of the stream.
  /// - Throws: `SocketError` (`timedOut`, `closed`, `system`), `CancellationError`.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer,
    until deadline: ContinuousClock.Instant
  ) async throws -> Int {
    while true {
      if let count = try readAvailable(into: buffer) { return count }
      if try await waitUntilReadable(until: deadline) == .timedOut {
        throw SocketError(.timedOut, "\(address) sent nothing in time")
      }
    }
  }

  /// Writes all bytes.
  ///
  /// - Throws: `SocketError` (`timedOut` when the peer does not take them, `closed`, `system`),
  ///   `CancellationError`. Some of the bytes may have gone.
  package func write(
    _ bytes: [UInt8],
    until deadline: ContinuousClock.Instant
  ) async throws {
    var position = 0
    while position < bytes.count {
      if let count = try writeAvailable(bytes[position...]) {
        position += count
      } else {
        try await waitUntilWritable(until: deadline)
      }
    }
  }

  /// Writes as much as the system takes without waiting; nil if that is nothing.
  func writeAvailable(_ bytes: ArraySlice<UInt8>) throws(SocketError) -> Int? {
    let count = try withDescriptor { descriptor in
      bytes.withUnsafeBytes { csockets_send(descriptor, $0.baseAddress, $0.count) }
    }
    if count >= 0 { return count }
    if count == -Int(EAGAIN) { return nil }
    throw SocketError(failure: count, "write to \(address)")
  }

  /// The process at the other end of a Unix socket, as the kernel knows it.
  package func peerProcess() throws(SocketError) -> Int32 {
    let process = try withDescriptor { Int(csockets_peer_process($0)) }
    guard process >= 0 else { throw SocketError(failure: process, "ask who \(address) is") }
    return Int32(truncatingIfNeeded: process)
  }

  /// Closes the socket at once; whoever waits for it gets `SocketError(.closed)`.
  package func close() {
    descriptor.withLock { descriptor in
      guard descriptor != nil else { return }
      descriptor = nil
      reactor.close(token)
    }
  }

  private var closed: SocketError {
    SocketError(.closed, "the connection to \(address) was closed")
  }

  private func waitUntilWritable(until deadline: ContinuousClock.Instant) async throws {
    while true {
      switch await reactor.wait(token, for: .write, until: deadline) {
      case .ready: return
      case .timedOut: throw SocketError(.timedOut, "\(address) took nothing in time")
      case .cancelled, .woken: try Task.checkCancellation()
      case .closed: throw closed
      }
    }
  }

  private func checkPendingError() throws(SocketError) {
    let failure = try withDescriptor { Int(csockets_pending_error($0)) }
    guard failure == 0 else { throw SocketError(failure: failure, "connect to \(address)") }
  }

  private func withDescriptor(_ body: (Int32) -> Int) throws(SocketError) -> Int {
    let result = descriptor.withLock { $0.map(body) }
    guard let result else { throw closed }
    return result
  }
}
