/// The three words of JSON.
enum JSONLiteral {
  case `true`
  case `false`
  case null

  init(firstByte: UInt8) {
    switch firstByte {
    case UInt8(ascii: "t"): self = .true
    case UInt8(ascii: "f"): self = .false
    default: self = .null
    }
  }

  /// The bytes behind the first, the next one lowest, so that a shift takes one off.
  var rest: UInt64 {
    switch self {
    case .true: 0x65_75_72  // "rue"
    case .false: 0x65_73_6C_61  // "alse"
    case .null: 0x6C_6C_75  // "ull"
    }
  }
}

extension JSONTokenizer {
  mutating func continueLiteral(
    _ bytes: UnsafeRawBufferPointer,
    expected: UInt64,
    into handler: inout some JSONTokenHandler
  ) throws {
    var rest = expected
    var taken = 0
    while rest != 0, taken < bytes.count {
      guard bytes[taken] == UInt8(truncatingIfNeeded: rest) else {
        let message = "a word that is none of true, false and null"
        throw JSONError(.malformed, message, byteOffset: byteOffset + taken)
      }
      rest >>= 8
      taken += 1
    }
    guard rest == 0 else {
      state = .literal(rest: rest)
      byteOffset += taken
      return
    }
    switch literal {
    case .true: try handler.receivedBool(true)
    case .false: try handler.receivedBool(false)
    case .null: try handler.receivedNull()
    }
    finishedValue()
    byteOffset += taken
  }
}
