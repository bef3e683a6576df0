/// A connection to a server on this host that speaks a protocol of its own, without HTTP before it.
///
/// Bytes are handed on as they arrive and never gathered: the read buffer has 8 KiB at rest and
/// 256 KiB while much comes.
package final class ByteStreamClient: StreamClient {
  private static let smallBuffer = 8 << 10
  private static let largeBuffer = 256 << 10
  /// How long nothing must come until a burst is over.
  private static let burstPause = Duration.seconds(1)
  /// How long a peer may refuse to take our few bytes.
  private static let writePatience = Duration.seconds(30)

  package let connection: SocketConnection
  private var buffer: UnsafeMutableRawBufferPointer

  init(connection: SocketConnection) {
    self.connection = connection
    buffer = .allocate(byteCount: Self.smallBuffer, alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// Connects; what is said first is for the protocol to know.
  ///
  /// - Parameter address: must be on this host.
  /// - Throws: `SocketError`, `CancellationError`.
  package static func connect(
    to address: SocketAddress,
    until deadline: ContinuousClock.Instant
  ) async throws -> sending ByteStreamClient {
    guard address.isLocal else {
      throw SocketError(.forbidden, "\(address) is not on this host")
    }
    return ByteStreamClient(
      connection: try await SocketConnection.connect(to: address, until: deadline)
    )
  }

  package func send(_ message: [UInt8], isolation: isolated (any Actor)?) async throws {
    try await connection.write(message, until: .now + Self.writePatience)
  }

  package func receive(
    until deadline: ContinuousClock.Instant?,
    isolation: isolated (any Actor)?,
    _ receive: (StreamPiece) -> Void
  ) async throws -> StreamOutcome {
    while true {
      if let count = try connection.readAvailable(into: buffer) {
        guard count > 0 else { return .closed(code: nil) }
        receive(.bytes(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
        // A buffer that was filled to the brim has more behind it.
        if count == Self.smallBuffer { replaceBuffer(Self.largeBuffer) }
        return .received
      }
      switch try await waitForInput(until: deadline) {
      case .readable: break
      case .timedOut: return .timedOut
      case .woken: return .woken
      }
    }
  }

  package func close() {
    connection.close()
  }

  /// Waits, and gives the large buffer back when nothing comes for a second.
  private func waitForInput(
    until deadline: ContinuousClock.Instant?,
    isolation: isolated (any Actor)? = #isolation
  ) async throws -> SocketConnection.Readiness {
    if buffer.count == Self.largeBuffer {
      let end = ContinuousClock.now + Self.burstPause
      if let deadline, deadline <= end {
        return try await connection.waitUntilReadable(until: deadline)
      }
      let readiness = try await connection.waitUntilReadable(until: end)
      guard readiness == .timedOut else { return readiness }
      replaceBuffer(Self.smallBuffer)
    }
    return try await connection.waitUntilReadable(until: deadline)
  }

  private func replaceBuffer(_ size: Int) {
    buffer.deallocate()
    buffer = .allocate(byteCount: size, alignment: 16)
  }
}
