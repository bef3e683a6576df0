/// Tells messages apart in a stream where each follows its own length: four bytes, the highest first.
///
/// Bytes may be cut anywhere; none are kept but those of a length that is not whole yet.
struct LengthPrefixedFrames {
  /// As much as one message may have.
  static let limit: UInt32 = 1 << 30

  private var length: UInt32 = 0
  private var lengthBytes = 0
  /// What is missing of the message that has begun; nil between two.
  private var missing: Int?

  /// Hands on the messages in the next bytes.
  ///
  /// - Throws: `SocketError(.tooLarge)`; the stream is of no more use then.
  mutating func take(
    _ bytes: UnsafeRawBufferPointer,
    _ receive: (StreamPiece) -> Void
  ) throws(SocketError) {
    var rest = bytes[...]
    while let first = rest.first {
      if let missing {
        let piece = rest.prefix(missing)
        rest = rest.dropFirst(piece.count)
        receive(.bytes(UnsafeRawBufferPointer(rebasing: piece)))
        self.missing = missing - piece.count
        endIfWhole(receive)
      } else {
        rest = rest.dropFirst()
        length = length << 8 | UInt32(first)
        lengthBytes += 1
        guard lengthBytes == 4 else { continue }
        guard length <= Self.limit else {
          throw SocketError(.tooLarge, "a message of \(length) bytes was announced")
        }
        missing = Int(length)
        (length, lengthBytes) = (0, 0)
        receive(.messageBegan)
        endIfWhole(receive)
      }
    }
  }

  private mutating func endIfWhole(_ receive: (StreamPiece) -> Void) {
    guard missing == 0 else { return }
    missing = nil
    receive(.messageEnded)
  }

  /// A message as it is sent.
  static func framed(_ message: [UInt8]) -> [UInt8] {
    let length = UInt32(clamping: message.count)
    return withUnsafeBytes(of: length.bigEndian) { Array($0) } + message
  }
}
