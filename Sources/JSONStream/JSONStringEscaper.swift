/// Escapes the WTF-8 bytes of one string, which may come in parts cut anywhere.
///
/// Quotes, backslashes and control characters are escaped as `JSON.stringify` does it; so are
/// surrogates, which stand alone in WTF-8. Everything else is copied.
struct JSONStringEscaper: Sendable {
  private enum State {
    case text
    /// Behind 0xED, with which surrogates begin, and other characters too.
    case lead
    /// Behind the second byte of a surrogate.
    case surrogate(second: UInt8)
  }

  private var state = State.text

  mutating func append(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    var position = 0
    while position < text.count {
      if case .text = state {
        let end = text.endOfPlainText(from: position)
        if end > position {
          bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[position..<end]))
          position = end
        }
        guard position < text.count else { return }
      }
      append(text[position], to: &bytes)
      position += 1
    }
  }

  /// The string is over; writes what was held back if it ended inside a character.
  mutating func finish(_ bytes: inout [UInt8]) {
    switch state {
    case .text: break
    case .lead: bytes.append(0xED)
    case .surrogate(let second): bytes.append(contentsOf: [0xED, second])
    }
    state = .text
  }

  private mutating func append(_ byte: UInt8, to bytes: inout [UInt8]) {
    switch state {
    case .text where byte == 0xED:
      state = .lead
    case .text:
      appendEscaped(byte, to: &bytes)
    case .lead where byte >= 0xA0:
      state = .surrogate(second: byte)
    case .lead:
      bytes.append(0xED)
      bytes.append(byte)
      state = .text
    case .surrogate(let second):
      appendUnit(0xD000 | UInt16(second & 0x3F) << 6 | UInt16(byte & 0x3F), to: &bytes)
      state = .text
    }
  }

  private func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
    let letter: Unicode.Scalar
    switch byte {
    case UInt8(ascii: "\""): letter = "\""
    case UInt8(ascii: "\\"): letter = "\\"
    case 0x08: letter = "b"
    case 0x09: letter = "t"
    case 0x0A: letter = "n"
    case 0x0C: letter = "f"
    case 0x0D: letter = "r"
    case ..<0x20:
      appendUnit(UInt16(byte), to: &bytes)
      return
    default:
      bytes.append(byte)
      return
    }
    bytes.append(UInt8(ascii: "\\"))
    bytes.append(UInt8(ascii: letter))
  }

  private func appendUnit(_ unit: UInt16, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    bytes.append(UInt8(ascii: "u"))
    for shift in stride(from: 12, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: unit >> shift & 0xF)
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
