@testable import Connections
import TestSupport
import Testing

struct LengthPrefixedFramesTests {
  /// The messages in bytes that come in pieces of this size, and how each was cut.
  private func read(_ bytes: [UInt8], in size: Int) throws -> [String] {
    var frames = LengthPrefixedFrames()
    var messages: [String] = []
    var text: String?
    for start in stride(from: 0, to: bytes.count, by: size) {
      try Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { piece in
        try frames.take(piece) { piece in
          switch piece {
          case .messageBegan: text = ""
          case .bytes(let bytes): text? += String(decoding: bytes, as: UTF8.self)
          case .messageEnded:
            messages.append(text ?? "?")
            text = nil
          }
        }
      }
    }
    return messages + (text.map { [$0 + "…"] } ?? [])
  }

  @Test(arguments: 1...17)
  func `messages are the same wherever they are cut`(size: Int) throws {
    let bytes = ["{}", "", "a longer one"].flatMap { LengthPrefixedFrames.framed(Array($0.utf8)) }
    expect(try read(bytes, in: size), equals: ["{}", "", "a longer one"])
    expect(try read(Array(bytes.dropLast(3)), in: size), equals: ["{}", "", "a longer …"])
  }

  @Test func `a length beyond all bounds ends the stream before anything is kept for it`() {
    #expect(throws: SocketError.self) { try read([0x7F, 0xFF, 0xFF, 0xFF], in: 4) }
  }
}
