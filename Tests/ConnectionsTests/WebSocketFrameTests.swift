@testable import Connections
import TestSupport
import Testing

struct WebSocketFrameTests {
  /// A message, an empty one, a fragmented one with a ping inside, a long one, and the end.
  private let conversation: [UInt8] =
    ServerFrame.text("hello") + ServerFrame.text("")
    + ServerFrame.bytes(opcode: 1, isFinal: false, Array("frag".utf8))
    + ServerFrame.bytes(opcode: 9, Array("are you there".utf8))
    + ServerFrame.bytes(opcode: 0, isFinal: false, [])
    + ServerFrame.bytes(opcode: 0, Array("ments".utf8))
    + ServerFrame.bytes(Array(repeating: UInt8(ascii: "x"), count: 130))
    + ServerFrame.bytes(Array("long form".utf8), longForm: true)
    + ServerFrame.bytes(opcode: 10, []) + ServerFrame.bytes(opcode: 8, [0x03, 0xE9])
    + ServerFrame.text("never read")

  private let expected = [
    "message hello", "message ", "ping are you there", "message fragments",
    "message \(String(repeating: "x", count: 130))", "message long form", "pong", "close 1001",
  ]

  private func decode(_ pieces: [ArraySlice<UInt8>]) throws -> [String] {
    var decoder = WebSocketFrameDecoder()
    var log = FrameLog()
    for piece in pieces {
      try piece.withUnsafeBytes { try decoder.consume($0) { log.record($0) } }
    }
    return log.lines
  }

  @Test func `frames are the same wherever the bytes are cut`() throws {
    for cut in 0...conversation.count {
      let lines = try decode([conversation[..<cut], conversation[cut...]])
      expect(lines, equals: expected, "cut at \(cut)")
    }
    try expect(decode(conversation.map { [$0] }), equals: expected)
  }

  @Test func `frames are the same in random pieces`() throws {
    for _ in 0..<500 {
      var pieces: [ArraySlice<UInt8>] = []
      var rest = conversation[...]
      while rest.isEmpty == false {
        let count = min(Int.random(in: 0...20), rest.count)
        pieces.append(rest.prefix(count))
        rest = rest.dropFirst(count)
      }
      try expect(decode(pieces), equals: expected)
    }
  }

  @Test(
    arguments: [
      ("a masked frame", [0x81, 0x81, 0, 0, 0, 0, 65] as [UInt8]),
      ("an extension's bit", [0xC1, 0x01, 65]),
      ("an unknown kind", [0x83, 0x00]),
      ("an unknown control frame", [0x8B, 0x00]),
      ("nothing to continue", [0x80, 0x01, 65]),
      ("a message inside another", [0x01, 0x01, 65, 0x81, 0x01, 66]),
      ("a fragmented ping", [0x09, 0x00]),
      ("a long ping", [0x89, 126, 0, 126]),
      ("a negative length", [0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ]
  )
  func `what the protocol forbids is refused wherever it is cut`(name: String, bytes: [UInt8]) {
    for cut in 0...bytes.count {
      let error = #expect(throws: SocketError.self) {
        try decode([bytes[..<cut], bytes[cut...]])
      }
      expect(error?.code, equals: .malformed, "\(name), cut at \(cut)")
    }
  }

  @Test func `random bytes never trap`() {
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...30)).map { _ in UInt8.random(in: 0...255) }
      _ = try? decode([bytes[...]])
    }
  }

  @Test func `a length of exabytes is only counted down`() throws {
    var decoder = WebSocketFrameDecoder()
    var received = 0
    let header: [UInt8] = [0x81, 127, 0x7F, 255, 255, 255, 255, 255, 255, 255]
    let piece = [UInt8](repeating: 65, count: 1 << 16)
    try header.withUnsafeBytes { try decoder.consume($0) { _ in } }
    for _ in 0..<100 {
      try piece.withUnsafeBytes { bytes in
        try decoder.consume(bytes) { event in
          if case .bytes(let bytes) = event { received += bytes.count }
        }
      }
    }
    expect(received, equals: 100 << 16)
    expect(decoder.bytesToCome, equals: UInt64(Int64.max) - UInt64(received))
  }

  @Test(arguments: [0, 1, 125, 126, 65_535, 65_536, 200_000])
  func `a client's frame is one masked text frame`(length: Int) throws {
    let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
    let mask: [UInt8] = [1, 2, 3, 4]
    var frame = WebSocketFrameEncoder.frame(.text, payload, mask: mask)[...]

    expect(frame.removeFirst(), equals: 0x81)
    let second = frame.removeFirst()
    expect(second & 0x80, equals: 0x80)
    let lengthBytes = second & 0x7F == 126 ? 2 : second & 0x7F == 127 ? 8 : 0
    let stated =
      lengthBytes == 0
      ? Int(second & 0x7F) : frame.prefix(lengthBytes).reduce(0) { $0 << 8 | Int($1) }
    frame = frame.dropFirst(lengthBytes)
    expect(stated, equals: length)
    expect(Array(frame.prefix(4)), equals: mask)
    let unmasked = frame.dropFirst(4).enumerated().map { $1 ^ mask[$0 % 4] }
    expect(unmasked, equals: payload)
  }
}
