/// Writes the frames that a client sends: each message one masked frame.
///
/// Node hangs up on a client's ping, on fragments, on binary and on unmasked frames; Deno takes
/// fragments for separate messages. So there is no way to write any of them.
enum WebSocketFrameEncoder {
  enum Kind: UInt8 {
    case text = 0x1
    case close = 0x8
    case pong = 0xA
  }

  /// - Parameter mask: 4 random bytes. They keep a hostile page from writing bytes of its choice
  ///   through a proxy (RFC 6455, 10.3); on a loopback socket they are only a matter of form.
  static func frame(_ kind: Kind, _ payload: [UInt8], mask: [UInt8]) -> [UInt8] {
    precondition(mask.count == 4)
    var frame: [UInt8] = []
    frame.reserveCapacity(payload.count + 14)
    frame.append(0x80 | kind.rawValue)
    switch payload.count {
    case ..<126:
      frame.append(0x80 | UInt8(payload.count))
    case ..<(1 << 16):
      frame.append(0x80 | 126)
      frame.append(contentsOf: [8, 0].map { UInt8(payload.count >> $0 & 255) })
    default:
      frame.append(0x80 | 127)
      frame.append(
        contentsOf: stride(from: 56, through: 0, by: -8).map { UInt8(payload.count >> $0 & 255) }
      )
    }
    frame.append(contentsOf: mask)
    for (index, byte) in payload.enumerated() {
      frame.append(byte ^ mask[index & 3])
    }
    return frame
  }
}
