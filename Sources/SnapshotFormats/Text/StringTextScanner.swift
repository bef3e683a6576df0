internal import HeapModel

/// Reads the inside of one JSON string after the other, cut anywhere, and unescapes it to WTF-8.
///
/// An escaped surrogate without its other half becomes its three bytes, since V8 writes such; raw
/// bytes must be UTF-8 (Unicode, table 3-7), except that raw surrogates are let through.
struct StringTextScanner {
  private enum State {
    case text
    /// Behind a backslash.
    case escape
    /// Behind `\u`: the digits so far, and how many are missing.
    case unit(value: UInt16, missing: Int)
    /// Inside a raw character: bytes that are missing, and the range of the next one.
    case character(missing: Int, range: ClosedRange<UInt8>)
  }

  private var state = State.text
  /// An escaped high surrogate that may yet find its low one; 0 if there is none.
  private var highSurrogate: UInt16 = 0

  /// Appends what the piece has of the string to `batches`, and answers whether the string ended.
  mutating func consume(
    _ input: inout TextInput,
    into batches: StringBatchBuilder,
    limit: Int
  ) throws(SnapshotError) -> Bool {
    while input.isEmpty == false {
      if case .text = state {
        takePlainRun(&input, into: batches)
        guard batches.openByteCount <= limit else {
          throw input.tooLarge("a string of more than \(limit) bytes")
        }
        if input.isEmpty { break }
      }
      let byte = input.cursor.pointee
      if case .text = state, byte == UInt8(ascii: "\"") {
        flushHighSurrogate(into: batches)
        input.cursor += 1
        return true
      }
      try read(byte, input, into: batches)
      input.cursor += 1
    }
    return false
  }

  private mutating func takePlainRun(_ input: inout TextInput, into batches: StringBatchBuilder) {
    let end = input.endOfPlainText
    guard end > input.cursor else { return }
    flushHighSurrogate(into: batches)
    batches.append(UnsafeRawBufferPointer(start: input.cursor, count: end - input.cursor))
    input.cursor = end
  }

  private mutating func read(
    _ byte: UInt8,
    _ input: TextInput,
    into batches: StringBatchBuilder
  ) throws(SnapshotError) {
    switch state {
    case .text where byte == UInt8(ascii: "\\"):
      state = .escape
    case .text where byte < 0x20:
      throw input.malformed("a control character inside a string")
    case .text:
      flushHighSurrogate(into: batches)
      try beginCharacter(byte, input)
      batches.append(byte)
    case .character(let missing, let range):
      guard range.contains(byte) else { throw input.malformed("text that is not UTF-8") }
      state = missing > 1 ? .character(missing: missing - 1, range: 0x80...0xBF) : .text
      batches.append(byte)
    case .escape:
      try readEscape(byte, input, into: batches)
    case .unit(let value, let missing):
      guard let digit = byte.hexadecimalDigit else {
        throw input.malformed("\\u without four hexadecimal digits")
      }
      let unit = value << 4 | UInt16(digit)
      if missing > 1 {
        state = .unit(value: unit, missing: missing - 1)
      } else {
        append(unit: unit, into: batches)
        state = .text
      }
    }
  }

  /// Reads the first byte of a character of several.
  private mutating func beginCharacter(_ byte: UInt8, _ input: TextInput) throws(SnapshotError) {
    switch byte {
    case 0xC2...0xDF: state = .character(missing: 1, range: 0x80...0xBF)
    case 0xE0: state = .character(missing: 2, range: 0xA0...0xBF)
    case 0xE1...0xEF: state = .character(missing: 2, range: 0x80...0xBF)
    case 0xF0: state = .character(missing: 3, range: 0x90...0xBF)
    case 0xF1...0xF3: state = .character(missing: 3, range: 0x80...0xBF)
    case 0xF4: state = .character(missing: 3, range: 0x80...0x8F)
    default: throw input.malformed("text that is not UTF-8")
    }
  }

  private mutating func readEscape(
    _ byte: UInt8,
    _ input: TextInput,
    into batches: StringBatchBuilder
  ) throws(SnapshotError) {
    let character: UInt8
    switch byte {
    case UInt8(ascii: "u"):
      state = .unit(value: 0, missing: 4)
      return
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): character = byte
    case UInt8(ascii: "n"): character = 0x0A
    case UInt8(ascii: "t"): character = 0x09
    case UInt8(ascii: "r"): character = 0x0D
    case UInt8(ascii: "b"): character = 0x08
    case UInt8(ascii: "f"): character = 0x0C
    default: throw input.malformed("an unknown escape in a string")
    }
    flushHighSurrogate(into: batches)
    batches.append(character)
    state = .text
  }

  /// Appends an escaped UTF-16 unit, joining the halves of a pair.
  private mutating func append(unit: UInt16, into batches: StringBatchBuilder) {
    if highSurrogate != 0, unit & 0xFC00 == 0xDC00 {
      let high = UInt32(highSurrogate & 0x3FF) << 10
      highSurrogate = 0
      batches.append(scalar: 0x1_0000 + high + UInt32(unit & 0x3FF))
      return
    }
    flushHighSurrogate(into: batches)
    if unit & 0xFC00 == 0xD800 {
      highSurrogate = unit
    } else {
      batches.append(scalar: UInt32(unit))
    }
  }

  /// The high surrogate stays alone: what follows is no low one.
  private mutating func flushHighSurrogate(into batches: StringBatchBuilder) {
    guard highSurrogate != 0 else { return }
    batches.append(scalar: UInt32(highSurrogate))
    highSurrogate = 0
  }
}

extension StringBatchBuilder {
  /// Appends the WTF-8 bytes of a code point; a surrogate becomes its three.
  fileprivate func append(scalar: UInt32) {
    switch scalar {
    case ..<0x80:
      append(UInt8(scalar))
    case ..<0x800:
      append(0xC0 | UInt8(scalar >> 6))
      append(continuation: scalar)
    case ..<0x1_0000:
      append(0xE0 | UInt8(scalar >> 12))
      append(continuation: scalar >> 6)
      append(continuation: scalar)
    default:
      append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
      append(continuation: scalar >> 12)
      append(continuation: scalar >> 6)
      append(continuation: scalar)
    }
  }

  private func append(continuation bits: UInt32) {
    append(0x80 | UInt8(bits & 0x3F))
  }
}

extension TextInput {
  /// The first place that holds a quote, a backslash, a control character or no ASCII.
  ///
  /// Eight bytes at a time: each test leaves its mark in the highest bit of a byte. A borrow can
  /// set a false mark only above a true one, so the lowest mark is right.
  fileprivate var endOfPlainText: UnsafePointer<UInt8> {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var place = cursor
    while end - place >= 8 {
      let word = UInt64(
        littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)
      )
      let quotes = (word ^ (ones &* 0x22)) &- ones
      let backslashes = (word ^ (ones &* 0x5C)) &- ones
      let marks = ((word &- ones &* 0x20) | quotes | backslashes | word) & (ones &* 0x80)
      if marks != 0 { return place + marks.trailingZeroBitCount / 8 }
      place += 8
    }
    while place < end {
      let byte = place.pointee
      if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { break }
      place += 1
    }
    return place
  }
}
