/// What is to be remembered between two pieces of a string that was cut.
struct JSONStringState: Sendable {
  enum Phase {
    /// Between two characters, or inside a raw one.
    case text
    /// Behind a backslash.
    case escape
    /// Behind `\u`: the digits read so far, and how many are missing.
    case hex(value: UInt16, missing: Int)
  }

  var phase = Phase.text
  var isKey = false
  /// Unescaped bytes: all that was reported and what `pending` holds.
  var length = 0
  /// Unescaped bytes that were not reported yet.
  var pending: [UInt8] = []
  /// An escaped high surrogate that may yet find its low one; 0 if there is none.
  var highSurrogate: UInt16 = 0
  /// The raw character that has begun.
  var character = UTF8Character()

  mutating func begin(isKey: Bool) {
    self.isKey = isKey
    phase = .text
    length = 0
  }

  /// Appends an escaped character that is one byte.
  mutating func append(ascii byte: UInt8) {
    appendHighSurrogate()
    pending.append(byte)
    length += 1
  }

  /// Appends the WTF-8 bytes of one escaped UTF-16 unit, joining the halves of a pair.
  mutating func append(unit: UInt16) {
    if highSurrogate != 0, unit & 0xFC00 == 0xDC00 {
      let high = UInt32(highSurrogate & 0x3FF) << 10
      highSurrogate = 0
      append(scalar: 0x1_0000 + high + UInt32(unit & 0x3FF))
      return
    }
    appendHighSurrogate()
    if unit & 0xFC00 == 0xD800 {
      highSurrogate = unit
    } else {
      append(scalar: UInt32(unit))
    }
  }

  /// The high surrogate stays alone: what follows is no low one.
  mutating func appendHighSurrogate() {
    guard highSurrogate != 0 else { return }
    append(scalar: UInt32(highSurrogate))
    highSurrogate = 0
  }

  private mutating func append(scalar: UInt32) {
    let before = pending.count
    switch scalar {
    case ..<0x80:
      pending.append(UInt8(scalar))
    case ..<0x800:
      pending.append(0xC0 | UInt8(scalar >> 6))
      pending.append(continuation(scalar))
    case ..<0x1_0000:
      pending.append(0xE0 | UInt8(scalar >> 12))
      pending.append(continuation(scalar >> 6))
      pending.append(continuation(scalar))
    default:
      pending.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
      pending.append(continuation(scalar >> 12))
      pending.append(continuation(scalar >> 6))
      pending.append(continuation(scalar))
    }
    length += pending.count - before
  }

  private func continuation(_ bits: UInt32) -> UInt8 {
    0x80 | UInt8(bits & 0x3F)
  }
}

/// Checks the bytes of one raw character as they come.
///
/// Well-formed UTF-8 (Unicode, table 3-7), and three-byte surrogates with it, since the text is
/// WTF-8.
struct UTF8Character: Sendable {
  /// Bytes that must still come.
  private(set) var missing = 0
  /// The range of the next one.
  private var lowest: UInt8 = 0x80
  private var highest: UInt8 = 0xBF

  /// Takes a byte of 0x80 and more, and answers whether it may stand there.
  mutating func take(_ byte: UInt8) -> Bool {
    guard missing == 0 else {
      guard (lowest...highest).contains(byte) else { return false }
      missing -= 1
      (lowest, highest) = (0x80, 0xBF)
      return true
    }
    switch byte {
    case 0xC2...0xDF: missing = 1
    case 0xE0: (missing, lowest) = (2, 0xA0)
    case 0xE1...0xEF: missing = 2
    case 0xF0: (missing, lowest) = (3, 0x90)
    case 0xF1...0xF3: missing = 3
    case 0xF4: (missing, highest) = (3, 0x8F)
    default: return false
    }
    return true
  }
}
