internal import CSockets

/// The opening handshake of RFC 6455, from the client's side.
///
/// It offers no extension and sends no Origin: Bun and Chromium refuse most origins, and Chromium
/// would take up compression if it were offered.
struct WebSocketHandshake {
  let key: String

  /// - Parameter nonce: 16 random bytes.
  init(nonce: [UInt8]) {
    key = Base64.encode(nonce)
  }

  /// - Parameter fields: more header fields, such as Bun's `Ref-Event-Loop: 0`.
  func request(
    path: String,
    address: SocketAddress,
    fields: [HTTPHead.Field]
  ) throws(SocketError) -> [UInt8] {
    for field in fields {
      let text = field.name + field.value
      guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
        throw SocketError(.forbidden, "not a header field: \(field.name.debugDescription)")
      }
    }
    let standard = [
      "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: \(key)",
    ]
    let more = fields.map { "\($0.name): \($0.value)" }
    return try HTTPRequest.get(path, from: address, fields: standard + more)
  }

  /// - Throws: `SocketError`, when the reply does not open a WebSocket.
  func check(_ head: HTTPHead, _ address: SocketAddress) throws(SocketError) {
    guard head.status == 101 else {
      throw SocketError(.malformed, "\(address) answered \(head.status) instead of a WebSocket")
    }
    guard head["upgrade"]?.lowercased() == "websocket", head["sec-websocket-accept"] == accept
    else {
      throw SocketError(.malformed, "\(address) does not speak WebSocket")
    }
    guard head["sec-websocket-extensions"] == nil else {
      throw SocketError(.malformed, "\(address) uses an extension that was not offered")
    }
  }

  var accept: String {
    Base64.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
  }
}

enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      bits <<= UInt32(8 * (3 - group.count))
      for digit in 0..<4 {
        let isPadding = digit > group.count
        let index = Int(bits >> UInt32(18 - 6 * digit) & 63)
        text.append(isPadding ? UInt8(ascii: "=") : alphabet[index])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Bytes from the kernel's random source.
enum RandomBytes {
  static func make(_ count: Int) throws(SocketError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let failure = csockets_random(&bytes, count)
    guard failure == 0 else { throw SocketError(failure: Int(failure), "get random bytes") }
    return bytes
  }
}
