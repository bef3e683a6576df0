/// Reads the frames that a server sends, from bytes cut anywhere, and hands payload on as it comes.
///
/// It holds a frame's header (10 bytes) and a control frame's payload (125 bytes), and nothing
/// else: a length is only ever counted down, so a message of many gigabytes costs no memory.
struct WebSocketFrameDecoder {
  /// What was read; bytes are borrowed from the input and valid during the call only.
  enum Event {
    case messageBegan
    case bytes(UnsafeRawBufferPointer)
    case messageEnded
    case ping([UInt8])
    case pong
    /// The peer closes; nothing follows.
    case close(code: UInt16?)
  }

  private enum State {
    /// In a frame's header, of which these bytes are here.
    case header([UInt8])
    case payload(rest: UInt64, isFinal: Bool)
    case control(opcode: UInt8, length: Int, bytes: [UInt8])
    case closed
  }

  private var state = State.header([])
  /// Between the first and the last frame of a message.
  private var isInMessage = false

  /// Payload bytes of the current frame that have not come yet.
  var bytesToCome: UInt64 {
    if case .payload(let rest, _) = state { rest } else { 0 }
  }

  /// Reads the next bytes.
  ///
  /// - Throws: `malformed` for what RFC 6455 forbids; the connection is of no more use then.
  mutating func consume(
    _ piece: UnsafeRawBufferPointer,
    _ receive: (Event) -> Void
  ) throws(SocketError) {
    var position = 0
    while position < piece.count {
      switch state {
      case .header(var header):
        header.append(piece[position])
        position += 1
        state = .header(header)
        if header.count >= 2, header.count == Self.headerLength(header[1]) {
          try begin(header, receive)
        }
      case .payload(let rest, let isFinal):
        let count = Int(min(rest, UInt64(piece.count - position)))
        receive(.bytes(UnsafeRawBufferPointer(rebasing: piece[position..<position + count])))
        position += count
        continuePayload(rest: rest - UInt64(count), isFinal: isFinal, receive)
      case .control(let opcode, let length, var bytes):
        let count = min(length - bytes.count, piece.count - position)
        bytes.append(contentsOf: piece[position..<position + count])
        position += count
        state = .control(opcode: opcode, length: length, bytes: bytes)
        if bytes.count == length { endControl(opcode, bytes, receive) }
      case .closed:
        return
      }
    }
  }

  /// How long a header is, by its second byte.
  private static func headerLength(_ second: UInt8) -> Int {
    switch second & 0x7F {
    case 126: 4
    case 127: 10
    default: 2
    }
  }

  private mutating func begin(_ header: [UInt8], _ receive: (Event) -> Void) throws(SocketError) {
    let opcode = header[0] & 0x0F
    let isFinal = header[0] & 0x80 != 0
    guard header[0] & 0x70 == 0 else {
      throw SocketError(.malformed, "a WebSocket frame with bits of an extension")
    }
    guard header[1] & 0x80 == 0 else {
      throw SocketError(.malformed, "a WebSocket frame that a server masked")
    }
    let length =
      header.count == 2
      ? UInt64(header[1]) : header[2...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Int64.max) else {
      throw SocketError(.malformed, "a WebSocket frame of a negative length")
    }
    switch opcode {
    case 0x0:
      guard isInMessage else {
        throw SocketError(.malformed, "a WebSocket frame that continues nothing")
      }
      continuePayload(rest: length, isFinal: isFinal, receive)
    case 0x1, 0x2:  // Text and binary: what bytes mean is for the protocol above.
      guard isInMessage == false else {
        throw SocketError(.malformed, "a WebSocket message inside another")
      }
      isInMessage = true
      receive(.messageBegan)
      continuePayload(rest: length, isFinal: isFinal, receive)
    case 0x8, 0x9, 0xA:
      guard isFinal, length <= 125 else {
        throw SocketError(.malformed, "a WebSocket control frame that is too long or cut")
      }
      state = .control(opcode: opcode, length: Int(length), bytes: [])
      if length == 0 { endControl(opcode, [], receive) }
    default:
      throw SocketError(.malformed, "a WebSocket frame of unknown kind \(opcode)")
    }
  }

  private mutating func continuePayload(
    rest: UInt64,
    isFinal: Bool,
    _ receive: (Event) -> Void
  ) {
    guard rest == 0 else {
      state = .payload(rest: rest, isFinal: isFinal)
      return
    }
    state = .header([])
    if isFinal {
      isInMessage = false
      receive(.messageEnded)
    }
  }

  private mutating func endControl(_ opcode: UInt8, _ bytes: [UInt8], _ receive: (Event) -> Void) {
    state = .header([])
    switch opcode {
    case 0x9: receive(.ping(bytes))
    case 0xA: receive(.pong)
    default:
      state = .closed
      receive(.close(code: bytes.count >= 2 ? UInt16(bytes[0]) << 8 | UInt16(bytes[1]) : nil))
    }
  }
}
