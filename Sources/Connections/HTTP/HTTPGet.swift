/// A reply to `HTTPGet`.
package struct HTTPReply: Hashable, Sendable {
  package var status: Int
  package var body: [UInt8]

  package init(status: Int, body: [UInt8]) {
    self.status = status
    self.body = body
  }
}

/// One small HTTP request, as it takes to ask an inspector who it is.
///
/// It connects to this host only, follows no redirect, asks no proxy, and closes afterwards.
package enum HTTPGet {
  /// Largest body that is held.
  package static let bodyLimit = 1 << 20

  /// - Parameters:
  ///   - path: begins with a slash; printable ASCII without spaces
  ///   - address: must be on this host (`SocketAddress.isLocal`)
  /// - Throws: `SocketError`, `CancellationError`.
  package static func get(
    _ path: String,
    from address: SocketAddress,
    bodyLimit: Int = bodyLimit,
    until deadline: ContinuousClock.Instant
  ) async throws -> HTTPReply {
    let request = try HTTPRequest.get(path, from: address, fields: ["Connection: close"])
    let connection = try await SocketConnection.connect(to: address, until: deadline)
    defer { connection.close() }
    try await connection.write(request, until: deadline)
    var reader = ReplyReader(bodyLimit: bodyLimit)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 << 10, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try await connection.read(into: buffer, until: deadline)
      let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      if let reply = try count == 0 ? reader.end(address) : reader.consume(piece) { return reply }
    }
  }
}

/// Writes requests; there is no other place where text reaches an HTTP server.
enum HTTPRequest {
  /// - Throws: `forbidden` for another host and for a path that would not stay one word.
  static func get(
    _ path: String,
    from address: SocketAddress,
    fields: [String]
  ) throws(SocketError) -> [UInt8] {
    guard address.isLocal else {
      throw SocketError(.forbidden, "\(address) is not on this host")
    }
    guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw SocketError(.forbidden, "not a path: \(path.debugDescription)")
    }
    let lines = ["GET \(path) HTTP/1.1", "Host: \(address.hostHeader)"] + fields + ["", ""]
    return Array(lines.joined(separator: "\r\n").utf8)
  }
}

/// Head, then body.
struct ReplyReader {
  private let bodyLimit: Int
  private var head = HTTPHeadParser()
  private var status = 0
  private var body: HTTPBodyParser?

  init(bodyLimit: Int) {
    self.bodyLimit = bodyLimit
  }

  /// Takes the next bytes; answers the reply once it is complete.
  mutating func consume(_ piece: UnsafeRawBufferPointer) throws(SocketError) -> HTTPReply? {
    var rest = piece
    if body == nil {
      let (head, taken) = try self.head.consume(piece)
      guard let head else { return nil }
      status = head.status
      body = try HTTPBodyParser(head: head, byteLimit: bodyLimit)
      rest = UnsafeRawBufferPointer(rebasing: piece[taken...])
    }
    try body?.consume(rest)
    return body?.isComplete == true ? reply : nil
  }

  /// The connection ended.
  func end(_ address: SocketAddress) throws(SocketError) -> HTTPReply {
    guard body?.mayEndHere == true else {
      throw SocketError(.closed, "\(address) ended in the middle of an HTTP reply")
    }
    return reply
  }

  private var reply: HTTPReply {
    HTTPReply(status: status, body: body?.bytes ?? [])
  }
}
