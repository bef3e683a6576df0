@testable import Connections
import Synchronization

/// A server on a Unix socket that treats each connection as its script says.
///
/// It is closed, with its path, when the value that owns it goes away.
final class ScriptedServer: Sendable {
  let address: SocketAddress
  private let listener: UnixListener
  private let task: Task<Void, Never>

  init(
    _ script: @escaping @Sendable (SocketConnection) async throws -> Void
  ) throws {
    let path = "/tmp/retinue-test-\(UInt64.random(in: 0...UInt64.max)).sock"
    let listener = try UnixListener(path: path)
    self.listener = listener
    address = .unix(path: path)
    task = Task {
      while let connection = try? await listener.accept() {
        Task {
          try? await script(connection)
          connection.close()
        }
      }
    }
  }

  deinit {
    task.cancel()
    listener.close()
  }
}

extension ContinuousClock.Instant {
  static var soon: Self { .now + .seconds(20) }
}

extension SocketConnection {
  /// Reads until the text seen so far ends with `ending`.
  func readText(endingWith ending: String) async throws -> String {
    var text: [UInt8] = []
    while text.suffix(ending.utf8.count).elementsEqual(ending.utf8) == false {
      let piece = try await readSome()
      guard piece.isEmpty == false else { break }
      text += piece
    }
    return String(decoding: text, as: UTF8.self)
  }

  func readSome() async throws -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
    defer { buffer.deallocate() }
    let count = try await read(into: buffer, until: .soon)
    return Array(buffer[..<count])
  }

  func write(_ text: String) async throws {
    try await write(Array(text.utf8), until: .soon)
  }
}

/// Reads the short frames of a client, unmasked.
struct ClientFrames {
  private let connection: SocketConnection
  private var bytes: [UInt8] = []

  init(_ connection: SocketConnection) {
    self.connection = connection
  }

  /// The first byte of the next frame, and its payload.
  mutating func next() async throws -> (UInt8, [UInt8]) {
    while bytes.count < 6 || bytes.count < 6 + Int(bytes[1] & 0x7F) {
      let piece = try await connection.readSome()
      guard piece.isEmpty == false else { throw SocketError(.closed, "the client has left") }
      bytes += piece
    }
    let end = 6 + Int(bytes[1] & 0x7F)
    let payload = bytes[6..<end].enumerated().map { $1 ^ bytes[2 + $0 % 4] }
    defer { bytes.removeFirst(end) }
    return (bytes[0], payload)
  }
}

/// What a server sends, for tests of the client.
enum ServerFrame {
  static func bytes(
    opcode: UInt8 = 1,
    isFinal: Bool = true,
    _ payload: [UInt8],
    longForm: Bool = false
  ) -> [UInt8] {
    var bytes = [(isFinal ? 0x80 : 0) | opcode]
    if longForm || payload.count >= 1 << 16 {
      bytes.append(127)
      bytes += stride(from: 56, through: 0, by: -8).map { UInt8(payload.count >> $0 & 255) }
    } else if payload.count >= 126 {
      bytes.append(126)
      bytes += [UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    } else {
      bytes.append(UInt8(payload.count))
    }
    return bytes + payload
  }

  static func text(_ text: String) -> [UInt8] {
    bytes(Array(text.utf8))
  }
}

/// Gathers messages and other frames as lines a test can compare.
struct FrameLog {
  private(set) var lines: [String] = []
  private var message: [UInt8] = []

  mutating func record(_ event: WebSocketFrameDecoder.Event) {
    switch event {
    case .messageBegan: message = []
    case .bytes(let bytes): message += bytes
    case .messageEnded: lines.append("message \(String(decoding: message, as: UTF8.self))")
    case .ping(let bytes): lines.append("ping \(String(decoding: bytes, as: UTF8.self))")
    case .pong: lines.append("pong")
    case .close(let code): lines.append("close \(code.map { String($0) } ?? "-")")
    }
  }

  mutating func record(_ piece: WebSocketClient.Piece) {
    switch piece {
    case .messageBegan: record(WebSocketFrameDecoder.Event.messageBegan)
    case .bytes(let bytes): record(WebSocketFrameDecoder.Event.bytes(bytes))
    case .messageEnded: record(WebSocketFrameDecoder.Event.messageEnded)
    }
  }
}
