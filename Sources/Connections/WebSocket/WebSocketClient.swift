/// A WebSocket connection to a server on this host.
///
/// Sends single masked text frames, never a ping; answers pings and Close. Messages are not
/// gathered: they are handed on in pieces as they arrive, so one message of any length costs no
/// more than the read buffer, which is 8 KiB at rest and 256 KiB while long messages come.
///
/// One task owns it and both sends and receives; `connection.wake()` reaches it from elsewhere.
package final class WebSocketClient: StreamClient {
  package typealias Piece = StreamPiece
  package typealias Outcome = StreamOutcome

  private static let smallBuffer = 8 << 10
  private static let largeBuffer = 256 << 10
  /// A frame of which so much is still to come is worth the large buffer.
  private static let longPayload: UInt64 = 64 << 10
  /// How long nothing must come until a burst of long messages is over.
  private static let burstPause = Duration.seconds(1)
  /// How long a peer may refuse to take our few bytes.
  private static let writePatience = Duration.seconds(30)

  package let connection: SocketConnection
  /// What the connection holds for reading, in bytes.
  var bufferSize: Int { buffer.count }
  private var decoder = WebSocketFrameDecoder()
  private var buffer: UnsafeMutableRawBufferPointer
  /// What came behind the handshake in the same read.
  private var leftover: [UInt8]

  private init(connection: SocketConnection, leftover: [UInt8]) {
    self.connection = connection
    self.leftover = leftover
    buffer = .allocate(byteCount: Self.smallBuffer, alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// Connects and shakes hands.
  ///
  /// - Parameters:
  ///   - address: must be on this host
  ///   - path: as the runtime gives it, beginning with a slash
  ///   - fields: more header fields by name
  /// - Throws: `SocketError`, `CancellationError`.
  package static func connect(
    to address: SocketAddress,
    path: String,
    fields: [String: String] = [:],
    until deadline: ContinuousClock.Instant
  ) async throws -> sending WebSocketClient {
    let handshake = WebSocketHandshake(nonce: try RandomBytes.make(16))
    let fields = fields.sorted { $0.key < $1.key }
    let request = try handshake.request(
      path: path,
      address: address,
      fields: fields.map { HTTPHead.Field(name: $0.key, value: $0.value) }
    )
    let connection = try await SocketConnection.connect(to: address, until: deadline)
    do {
      try await connection.write(request, until: deadline)
      let leftover = try await finish(handshake, on: connection, until: deadline)
      return WebSocketClient(connection: connection, leftover: leftover)
    } catch {
      connection.close()
      throw error
    }
  }

  /// Reads the reply to the handshake; answers the bytes that came behind it.
  private static func finish(
    _ handshake: WebSocketHandshake,
    on connection: SocketConnection,
    until deadline: ContinuousClock.Instant
  ) async throws -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 << 10, alignment: 16)
    defer { buffer.deallocate() }
    var parser = HTTPHeadParser()
    while true {
      let count = try await connection.read(into: buffer, until: deadline)
      guard count > 0 else {
        throw SocketError(.closed, "\(connection.address) closed during the handshake")
      }
      let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      let (head, taken) = try parser.consume(piece)
      if let head {
        try handshake.check(head, connection.address)
        return Array(piece[taken...])
      }
    }
  }

  /// Sends one text message.
  ///
  /// - Throws: `SocketError`, `CancellationError`; the connection is of no more use then.
  package func send(
    _ text: [UInt8],
    isolation: isolated (any Actor)? = #isolation
  ) async throws {
    try await write(.text, text)
  }

  /// Waits for bytes and hands on what is in them.
  ///
  /// Reads at most one buffer before it comes back, so the caller can act in between. Whatever
  /// `receive` does with the pieces delays only this connection.
  ///
  /// - Parameter deadline: nil waits without end.
  /// - Throws: `SocketError` (`malformed` when the server breaks the protocol), `CancellationError`;
  ///   the connection is of no more use then.
  package func receive(
    until deadline: ContinuousClock.Instant?,
    isolation: isolated (any Actor)? = #isolation,
    _ receive: (Piece) -> Void
  ) async throws -> Outcome {
    if leftover.isEmpty == false {
      let bytes = leftover
      leftover = []
      let answers = try bytes.withUnsafeBytes { try decode($0, receive) }
      return try await give(answers)
    }
    while true {
      if let count = try connection.readAvailable(into: buffer) {
        guard count > 0 else { return .closed(code: nil) }
        let answers = try decode(UnsafeRawBufferPointer(rebasing: buffer[..<count]), receive)
        if buffer.count == Self.smallBuffer, decoder.bytesToCome >= Self.longPayload {
          replaceBuffer(Self.largeBuffer)
        }
        return try await give(answers)
      }
      switch try await waitForInput(until: deadline) {
      case .readable: break
      case .timedOut: return .timedOut
      case .woken: return .woken
      }
    }
  }

  /// Says goodbye as well as that goes without waiting, and closes the socket.
  package func close() {
    close(code: 1000)
  }

  /// - Parameter code: 1000 is the normal end.
  package func close(code: UInt16) {
    let payload = [UInt8(code >> 8), UInt8(code & 255)]
    if let mask = try? RandomBytes.make(4) {
      let frame = WebSocketFrameEncoder.frame(.close, payload, mask: mask)
      _ = try? connection.writeAvailable(frame[...])
    }
    connection.close()
  }

  /// What the server is owed, and whether it has closed.
  private struct Answers {
    var pongs: [[UInt8]] = []
    var close: UInt16??
  }

  private func decode(
    _ piece: UnsafeRawBufferPointer,
    _ receive: (Piece) -> Void
  ) throws(SocketError) -> Answers {
    var answers = Answers()
    try decoder.consume(piece) { event in
      switch event {
      case .messageBegan: receive(.messageBegan)
      case .bytes(let bytes): receive(.bytes(bytes))
      case .messageEnded: receive(.messageEnded)
      // Only the last ping needs an answer (RFC 6455, 5.5.3), so a flood of them costs nothing.
      case .ping(let payload): answers.pongs = [payload]
      case .pong: break
      case .close(let code): answers.close = .some(code)
      }
    }
    return answers
  }

  private func give(
    _ answers: Answers,
    isolation: isolated (any Actor)? = #isolation
  ) async throws -> Outcome {
    for pong in answers.pongs {
      try await write(.pong, pong)
    }
    guard let code = answers.close else { return .received }
    close(code: code ?? 1000)
    return .closed(code: code)
  }

  private func write(
    _ kind: WebSocketFrameEncoder.Kind,
    _ payload: [UInt8],
    isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let frame = WebSocketFrameEncoder.frame(kind, payload, mask: try RandomBytes.make(4))
    try await connection.write(frame, until: .now + Self.writePatience)
  }

  /// Waits, and gives the large buffer back when nothing comes for a second.
  ///
  /// Long messages come in bursts (a snapshot is up to 8,000 of them): to change buffers for each
  /// would cost more than to read it.
  private func waitForInput(
    until deadline: ContinuousClock.Instant?,
    isolation: isolated (any Actor)? = #isolation
  ) async throws -> SocketConnection.Readiness {
    if buffer.count == Self.largeBuffer, decoder.bytesToCome == 0 {
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
