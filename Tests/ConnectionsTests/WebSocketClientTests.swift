@testable import Connections
import Glibc
import Synchronization
import TestSupport
import Testing

struct WebSocketClientTests {
  /// A server that shakes hands as it should and then follows the script.
  private func webSocketServer(
    _ script: @escaping @Sendable (SocketConnection) async throws -> Void
  ) throws -> ScriptedServer {
    try ScriptedServer { connection in
      try await Self.shakeHands(connection)
      try await script(connection)
    }
  }

  private static func shakeHands(_ connection: SocketConnection, tail: [UInt8] = []) async throws {
    let request = try await connection.readText(endingWith: "\r\n\r\n")
    let line = request.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") }
    let key = try #require(line).dropFirst("Sec-WebSocket-Key: ".count)
    let digest = SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
    let head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Accept: \(Base64.encode(digest))\r\n\r\n"
    try await connection.write(Array(head.utf8) + tail, until: .soon)
  }

  private func connect(to server: ScriptedServer) async throws -> WebSocketClient {
    try await WebSocketClient.connect(to: server.address, path: "/x", until: .soon)
  }

  /// Receives until `count` lines came or the server closed.
  private func receive(_ client: WebSocketClient, count: Int) async throws -> [String] {
    var log = FrameLog()
    while log.lines.count < count {
      let outcome = try await client.receive(until: .soon) { log.record($0) }
      if case .closed(let code) = outcome {
        return log.lines + ["closed \(code.map { String($0) } ?? "-")"]
      }
      try #require(outcome == .received)
    }
    return log.lines
  }

  @Test func `a message goes there and one comes back`() async throws {
    let server = try webSocketServer { connection in
      var frames = ClientFrames(connection)
      let (kind, payload) = try await frames.next()
      let text = "\(kind) \(String(decoding: payload, as: UTF8.self))"
      try await connection.write(ServerFrame.text(text), until: .soon)
      _ = try await connection.readSome()
    }
    let client = try await connect(to: server)

    try await client.send(Array("{\"id\":1}".utf8))
    try await expect(receive(client, count: 1), equals: ["message 129 {\"id\":1}"])
  }

  @Test func `what comes with the handshake is not lost`() async throws {
    let server = try ScriptedServer { connection in
      try await Self.shakeHands(connection, tail: ServerFrame.text("early") + [0x81])
      try await connection.write([4] + Array("late".utf8), until: .soon)
      _ = try await connection.readSome()
    }
    let client = try await connect(to: server)
    try await expect(receive(client, count: 2), equals: ["message early", "message late"])
  }

  @Test func `a ping is answered with its own bytes, and a flood with one pong`() async throws {
    let server = try webSocketServer { connection in
      let pings = (0..<1_000).flatMap { ServerFrame.bytes(opcode: 9, Array("\($0 % 10)".utf8)) }
      try await connection.write(pings, until: .soon)
      try await connection.write(ServerFrame.bytes(opcode: 9, Array("last".utf8)), until: .soon)
      var frames = ClientFrames(connection)
      var count = 0
      var payload: [UInt8] = []
      while payload != Array("last".utf8) {
        let (kind, bytes) = try await frames.next()
        expect(kind, equals: 0x8A)
        payload = bytes
        count += 1
      }
      try await connection.write(ServerFrame.text("pongs \(count < 100)"), until: .soon)
    }
    let client = try await connect(to: server)
    try await expect(receive(client, count: 1), equals: ["message pongs true"])
  }

  @Test func `a close is answered with the same code`() async throws {
    let answer = Mutex<[UInt8]>([])
    let server = try webSocketServer { connection in
      try await connection.write(ServerFrame.bytes(opcode: 8, [0x03, 0xE9]), until: .soon)
      var frames = ClientFrames(connection)
      let (kind, payload) = try await frames.next()
      answer.withLock { $0 = [kind] + payload }
    }
    let client = try await connect(to: server)
    try await expect(receive(client, count: 9), equals: ["closed 1001"])
    for _ in 0..<500 where answer.withLock({ $0.isEmpty }) {
      try await Task.sleep(for: .milliseconds(10))
    }
    expect(answer.withLock { $0 }, equals: [0x88, 0x03, 0xE9])
  }

  @Test func `the end of the stream in the middle of a frame is an end`() async throws {
    let server = try webSocketServer { connection in
      try await connection.write([0x81, 100] + Array("half".utf8), until: .soon)
    }
    let client = try await connect(to: server)
    try await expect(receive(client, count: 9), equals: ["closed -"])
  }

  @Test func `our own close says goodbye`() async throws {
    let answer = Mutex<[UInt8]>([])
    let server = try webSocketServer { connection in
      var frames = ClientFrames(connection)
      let (kind, payload) = try await frames.next()
      answer.withLock { $0 = [kind] + payload }
    }
    let client = try await connect(to: server)
    client.close()
    for _ in 0..<500 where answer.withLock({ $0.isEmpty }) {
      try await Task.sleep(for: .milliseconds(10))
    }
    expect(answer.withLock { $0 }, equals: [0x88, 0x03, 0xE8])
  }

  @Test func `a server that breaks the protocol is refused`() async throws {
    let server = try webSocketServer { connection in
      try await connection.write([0x81, 0x81, 0, 0, 0, 0, 65], until: .soon)
      _ = try await connection.readSome()
    }
    let client = try await connect(to: server)
    let error = await #expect(throws: SocketError.self) { try await receive(client, count: 1) }
    expect(error?.code, equals: .malformed)
  }

  @Test(
    arguments: [
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n",
      "not HTTP\r\n\r\n",
      "",
    ]
  )
  func `a server that does not speak WebSocket is refused`(reply: String) async throws {
    let server = try ScriptedServer { connection in
      _ = try await connection.readText(endingWith: "\r\n\r\n")
      try await connection.write(reply)
    }
    await #expect(throws: SocketError.self) { try await connect(to: server) }
  }

  @Test func `a wake comes through while nothing arrives`() async throws {
    let server = try webSocketServer { _ in try await Task.sleep(for: .seconds(20)) }
    let client = try await connect(to: server)
    try await expect(client.receive(until: .now + .milliseconds(10)) { _ in }, equals: .timedOut)
    client.connection.wake()
    try await expect(client.receive(until: .soon) { _ in }, equals: .woken)
  }

  @Test func `a message of more than 1 GiB goes through in bounded memory`() async throws {
    let length = 1 << 30 + 5
    let server = try webSocketServer { connection in
      let header =
        [0x81, 127] + stride(from: 56, through: 0, by: -8).map { UInt8(length >> $0 & 255) }
      try await connection.write(header, until: .soon)
      let piece = [UInt8](repeating: 120, count: 1 << 20)
      for _ in 0..<(1 << 10) { try await connection.write(piece, until: .soon) }
      try await connection.write(Array("abcde".utf8), until: .soon)
      _ = try await connection.readSome()
    }
    let client = try await connect(to: server)
    var received = 0
    var largest = 0
    var isOver = false
    let before = residentBytes()

    while isOver == false {
      let outcome = try await client.receive(until: .soon) { piece in
        switch piece {
        case .messageBegan: break
        case .bytes(let bytes):
          received += bytes.count
          largest = max(largest, bytes.count)
        case .messageEnded: isOver = true
        }
      }
      try #require(outcome == .received)
    }
    expect(received, equals: length)
    #expect(largest <= 256 << 10)
    // Other tests run at the same time; a message that was held would be a hundred times more.
    #expect(residentBytes() - before < 64 << 20)
  }

  @Test func `the buffer is large while long messages come, and small at rest`() async throws {
    let long = ServerFrame.bytes([UInt8](repeating: 120, count: 1 << 20))
    let server = try webSocketServer { connection in
      for _ in 0..<2 {
        try await connection.write(long, until: .soon)
        try await Task.sleep(for: .milliseconds(50))
      }
      _ = try await connection.readSome()
    }
    let client = try await connect(to: server)
    expect(client.bufferSize, equals: 8 << 10)
    try await expect(receive(client, count: 1).count, equals: 1)
    expect(client.bufferSize, equals: 256 << 10)
    try await expect(receive(client, count: 1).count, equals: 1)
    expect(client.bufferSize, equals: 256 << 10)
    let start = ContinuousClock.now
    try await expect(
      client.receive(until: start + .milliseconds(1_500)) { _ in },
      equals: .timedOut
    )
    #expect(ContinuousClock.now - start >= .milliseconds(1_500))
    expect(client.bufferSize, equals: 8 << 10)
  }

  private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [UInt8](repeating: 0, count: 128)
    let count = fread(&line, 1, line.count, file)
    let words = String(decoding: line[..<count], as: UTF8.self).split(separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(getpagesize())
  }
}
