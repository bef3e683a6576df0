internal import HeapModel

/// One piece of a text while it is being read, and where it stands in the whole.
struct TextInput {
  /// The next byte.
  var cursor: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  private let start: UnsafePointer<UInt8>
  private let startOffset: UInt64

  /// - Parameter startOffset: bytes of the text before this piece
  init?(_ bytes: UnsafeRawBufferPointer, startOffset: UInt64) {
    guard let base = bytes.baseAddress else { return nil }
    start = base.assumingMemoryBound(to: UInt8.self)
    cursor = start
    end = start + bytes.count
    self.startOffset = startOffset
  }

  var isEmpty: Bool { cursor == end }
  var remaining: Int { end - cursor }
  /// Bytes of this piece in front of the next.
  var consumed: Int { cursor - start }

  /// Offset of the next byte in the whole text.
  var offset: UInt64 { startOffset &+ UInt64(cursor - start) }

  /// Takes white space, and answers the byte behind it without taking that.
  mutating func skipWhiteSpace() -> UInt8? {
    while cursor < end {
      let byte = cursor.pointee
      guard byte.isJSONWhiteSpace else { return byte }
      cursor += 1
    }
    return nil
  }

  func malformed(_ message: String) -> SnapshotError {
    SnapshotError(.malformed, message, at: offset)
  }

  func tooLarge(_ message: String) -> SnapshotError {
    SnapshotError(.tooLarge, message, at: offset)
  }
}

extension UInt8 {
  @inline(__always) var isJSONWhiteSpace: Bool {
    self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09
  }

  /// The byte for an error message.
  var shown: String {
    switch self {
    case 0x21...0x7E: "'\(Unicode.Scalar(self))'"
    case 0xEF: "a byte order mark or other text"
    default: "the byte \(self)"
    }
  }
}
