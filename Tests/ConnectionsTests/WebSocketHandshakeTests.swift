@testable import Connections
import TestSupport
import Testing

struct WebSocketHandshakeTests {
  @Test func `the digest is the standard's`() {
    func hexadecimal(_ text: String) -> String {
      SHA1.digest(Array(text.utf8)).map { byte in
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }.joined()
    }
    expect(hexadecimal("abc"), equals: "a9993e364706816aba3e25717850c26c9cd0d89d")
    expect(hexadecimal(""), equals: "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    let long = String(repeating: "a", count: 1_000)
    expect(hexadecimal(long), equals: "291e9a6c66994949b57ba5e650361e98fc36b1ba")
  }

  @Test func `base 64 pads`() {
    expect(Base64.encode([]), equals: "")
    expect(Base64.encode(Array("f".utf8)), equals: "Zg==")
    expect(Base64.encode(Array("fo".utf8)), equals: "Zm8=")
    expect(Base64.encode(Array("foobar".utf8)), equals: "Zm9vYmFy")
    expect(Base64.encode([0xFF, 0xEF, 0xBE]), equals: "/+++")
  }

  /// Key and answer as Bun 1.4.5 gave them (captures, bun145-session-snapshot).
  @Test func `a real runtime's answer is accepted, and only for its own key`() throws {
    let nonce: [UInt8] = [
      0x02, 0x87, 0xEE, 0x91, 0xE3, 0xB9, 0xA4, 0x16,
      0xE3, 0xAF, 0x46, 0x89, 0x02, 0xD9, 0x44, 0x20,
    ]
    let handshake = WebSocketHandshake(nonce: nonce)
    expect(handshake.key, equals: "AofukeO5pBbjr0aJAtlEIA==")
    let address = SocketAddress.tcp(.loopbackV4, port: 1)
    let answer = HTTPHead(
      status: 101,
      fields: [
        .init(name: "upgrade", value: "websocket"), .init(name: "connection", value: "Upgrade"),
        .init(name: "sec-websocket-accept", value: "47cEqTXZuL6x9ffW2ytuKiaY0Lc="),
      ]
    )

    try handshake.check(answer, address)
    #expect(throws: SocketError.self) {
      try WebSocketHandshake(nonce: Array(repeating: 1, count: 16)).check(answer, address)
    }
    var extended = answer
    extended.fields.append(.init(name: "sec-websocket-extensions", value: "permessage-deflate"))
    #expect(throws: SocketError.self) { try handshake.check(extended, address) }
    var refused = answer
    refused.status = 400
    #expect(throws: SocketError.self) { try handshake.check(refused, address) }
  }

  @Test func `asks for a WebSocket without origin or extension`() throws {
    let handshake = WebSocketHandshake(nonce: Array(0..<16))
    let request = try handshake.request(
      path: "/retinue",
      address: .tcp(.loopbackV4, port: 6499),
      fields: [.init(name: "Ref-Event-Loop", value: "0")]
    )
    let expected = """
      GET /retinue HTTP/1.1
      Host: 127.0.0.1:6499
      Upgrade: websocket
      Connection: Upgrade
      Sec-WebSocket-Version: 13
      Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==
      Ref-Event-Loop: 0


      """
    let text = String(decoding: request, as: UTF8.self)
    expect(
      text,
      equals: expected.split(separator: "\n", omittingEmptySubsequences: false)
        .joined(separator: "\r\n")
    )
  }

  @Test func `a field cannot smuggle in another`() {
    let handshake = WebSocketHandshake(nonce: Array(0..<16))
    #expect(throws: SocketError.self) {
      try handshake.request(
        path: "/a",
        address: .tcp(.loopbackV4, port: 1),
        fields: [.init(name: "X", value: "a\r\nOrigin: evil")]
      )
    }
  }
}
