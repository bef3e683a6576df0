internal import Glibc

/// One visit to a listener, by plain sockets: connect, greet, wait for the first words.
final class ListenerContact: Sendable {
  enum Outcome: Equatable {
    case answered
    case missed(String)
    /// The probe is being stopped.
    case interrupted
  }

  let address: ListenAddress
  private let socketAddress: SocketAddress
  private let isTLS: Bool
  private let timeout: Duration
  private let interrupt: Int32
  /// Open while no visit is under way, so that a full table cannot lock the probe out.
  private let reserve: Guarded<Int32>

  init(
    _ address: ListenAddress,
    isTLS: Bool,
    timeout: Duration,
    interrupt: Int32
  ) throws(TransportError) {
    guard let socketAddress = SocketAddress(resolving: address) else {
      throw TransportError(.invalidAddress, "\(address) has no address to probe.")
    }
    self.address = address
    self.socketAddress = socketAddress
    self.isTLS = isTLS
    self.timeout = timeout
    self.interrupt = interrupt
    reserve = Guarded(Self.openReserve())
  }

  deinit {
    releaseReserve()
  }

  func attempt() -> Outcome {
    releaseReserve()
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(socketAddress.family, kind | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else {
      return .missed("no socket for the probe (\(String(cString: strerror(errno))))")
    }
    defer {
      close(descriptor)
      reserve.withLock { $0 = Self.openReserve() }
    }
    return visit(Visit(descriptor, interrupt: interrupt, deadline: .now + timeout))
  }

  private func visit(_ visit: borrowing Visit) -> Outcome {
    if socketAddress.withPointer({ connect(visit.descriptor, $0, $1) }) != 0 {
      guard errno == EINPROGRESS else { return .missed(String(cString: strerror(errno))) }
      switch visit.wait(for: POLLOUT) {
      case .ready: break
      case .deadline: return .missed("connecting took too long")
      case .interrupted: return .interrupted
      }
      let error = visit.pendingError
      guard error == 0 else { return .missed(String(cString: strerror(error))) }
    }
    let greeting = isTLS ? Self.tlsGreeting : Self.http2Greeting
    guard send(visit.descriptor, greeting, greeting.count, Int32(MSG_NOSIGNAL)) > 0 else {
      return .missed(String(cString: strerror(errno)))
    }
    return awaitAnswer(visit)
  }

  private func awaitAnswer(_ visit: borrowing Visit) -> Outcome {
    var answer: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64)
    while true {
      switch visit.wait(for: POLLIN) {
      case .ready: break
      case .deadline: return .missed("it accepts no connection, or does not speak")
      case .interrupted: return .interrupted
      }
      let count = recv(visit.descriptor, &piece, piece.count, 0)
      // Closed on us: someone accepted the connection, which is what a dead listener cannot do.
      if count == 0 || (count < 0 && errno == ECONNRESET) { return .answered }
      if count < 0 { continue }
      answer += piece[..<count]
      if let isRight = isRightAnswer(answer) {
        return isRight ? .answered : .missed("it speaks another protocol")
      }
    }
  }

  /// Nil as long as more bytes are needed.
  private func isRightAnswer(_ bytes: [UInt8]) -> Bool? {
    if isTLS {
      // A handshake or an alert.
      return bytes.first.map { $0 == 0x16 || $0 == 0x15 }
    }
    // The header of a frame is 9 bytes; the fourth is its type, and 4 is SETTINGS.
    return bytes.count < 9 ? nil : bytes[3] == 4
  }

  // MARK: - The reserve

  private static func openReserve() -> Int32 {
    open("/dev/null", O_RDONLY | O_CLOEXEC)
  }

  private func releaseReserve() {
    reserve.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }

  // MARK: - Greetings

  /// The connection preface and an empty SETTINGS frame (RFC 9113, 3.4).
  private static let http2Greeting =
    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

  /// A ClientHello of TLS 1.2 (RFC 5246, 7.4.1.2) that any server of the core can answer.
  private static let tlsGreeting: [UInt8] = {
    let extensions: [UInt8] =
      [0, 10, 0, 6, 0, 4, 0, 29, 0, 23]  // groups: X25519, P-256
      + [0, 11, 0, 2, 1, 0]  // uncompressed points
      // signatures: ECDSA and RSA (PSS and PKCS 1) with SHA-256, 384 and 512
      + [0, 13, 0, 20, 0, 18, 4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1]
      + [0, 16, 0, 5, 0, 3, 2, 0x68, 0x32]  // protocol: h2
    let random = [UInt8](repeating: 0x52, count: 32)
    // ECDHE with ECDSA or RSA and AES-GCM.
    let ciphers: [UInt8] = [0, 8, 0xC0, 0x2B, 0xC0, 0x2F, 0xC0, 0x2C, 0xC0, 0x30]
    let body: [UInt8] =
      [3, 3] + random + [0] + ciphers + [1, 0] + [0, UInt8(extensions.count)] + extensions
    let message: [UInt8] = [1, 0, 0, UInt8(body.count)] + body
    return [0x16, 3, 1, 0, UInt8(message.count)] + message
  }()
}

/// A socket on which one thread waits, until a deadline or an interruption.
private struct Visit: ~Copyable {
  enum Wake {
    case ready
    case deadline
    case interrupted
  }

  let descriptor: Int32
  private let interrupt: Int32
  private let deadline: ContinuousClock.Instant

  init(_ descriptor: Int32, interrupt: Int32, deadline: ContinuousClock.Instant) {
    self.descriptor = descriptor
    self.interrupt = interrupt
    self.deadline = deadline
  }

  func wait(for events: Int32) -> Wake {
    while true {
      var descriptors = [
        pollfd(fd: descriptor, events: Int16(events), revents: 0),
        pollfd(fd: interrupt, events: Int16(POLLIN), revents: 0),
      ]
      let left = deadline - .now
      if left <= .zero { return .deadline }
      let ready = poll(&descriptors, 2, Int32(clamping: left.wholeMilliseconds))
      if ready > 0 { return descriptors[1].revents != 0 ? .interrupted : .ready }
    }
  }

  /// What became of a connection that was under way.
  var pendingError: Int32 {
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
    return error
  }
}
