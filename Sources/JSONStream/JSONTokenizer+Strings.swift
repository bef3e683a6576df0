extension JSONTokenizer {
  /// Unescaped text is gathered up to this many bytes before it is reported.
  private static let partBytes = 1 << 14
  /// A run without escapes of at least this many bytes is reported as it stands in the input; a
  /// shorter one is copied to its neighbours, which costs less than a call.
  private static let runBytes = 1 << 9

  /// Reads on in a string, up to its closing quote or the end of the input.
  mutating func continueString(
    _ bytes: UnsafeRawBufferPointer,
    into handler: inout some JSONTokenHandler
  ) throws {
    var position = 0
    while position < bytes.count {
      switch string.phase {
      case .text:
        let end = try endOfRun(bytes, from: position)
        let run = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
        let isLast = end < bytes.count && bytes[end] == UInt8(ascii: "\"")
        try receivedRun(run, isLast: isLast, at: byteOffset + position, into: &handler)
        position = end
        guard position < bytes.count else { break }
        if isLast {
          byteOffset += position + 1
          return
        }
        // Less than a part is pending here; a little more than one fills it up.
        let room = Self.partBytes - string.pending.count + 64
        let copied = string.copyEscapedText(bytes, from: position, room: room)
        if copied > 0 {
          position += copied
          try checkLength(at: byteOffset + position)
          if string.pending.count >= Self.partBytes {
            try reportPending(isLast: false, into: &handler)
          }
        } else {
          position += 1
          string.phase = .escape
        }
      case .escape:
        try receivedEscape(bytes[position], at: byteOffset + position)
        position += 1
      case .hex(let value, let missing):
        try receivedHexDigit(bytes[position], value, missing: missing, at: byteOffset + position)
        position += 1
      }
    }
    byteOffset += position
    if string.isKey == false, string.pending.isEmpty == false {
      try reportPending(isLast: false, into: &handler)
    }
  }

  /// Where the text stops that stands for itself: at a quote, a backslash, or the end.
  private mutating func endOfRun(_ bytes: UnsafeRawBufferPointer, from start: Int) throws -> Int {
    var position = start
    while position < bytes.count {
      if string.character.missing == 0 {
        position = bytes.endOfPlainText(from: position)
        guard position < bytes.count else { break }
      }
      let byte = bytes[position]
      if byte >= 0x80 {
        guard string.character.take(byte) else { throw notUTF8(at: byteOffset + position) }
        position += 1
        continue
      }
      guard string.character.missing == 0 else { throw notUTF8(at: byteOffset + position) }
      guard byte >= 0x20 else {
        let message = "a control character inside a string"
        throw JSONError(.malformed, message, byteOffset: byteOffset + position)
      }
      return position
    }
    return position
  }

  private func notUTF8(at offset: Int) -> JSONError {
    JSONError(.malformed, "text that is not UTF-8", byteOffset: offset)
  }

  private mutating func receivedRun(
    _ run: UnsafeRawBufferPointer,
    isLast: Bool,
    at offset: Int,
    into handler: inout some JSONTokenHandler
  ) throws {
    // Whatever stands in a run, a quote included, is no low surrogate.
    if run.isEmpty == false || isLast {
      string.appendHighSurrogate()
    }
    string.length += run.count
    try checkLength(at: offset)

    if isLast, string.pending.isEmpty {
      try report(run, isLast: true, into: &handler)
    } else if run.count >= Self.runBytes, string.isKey == false {
      if string.pending.isEmpty == false {
        try reportPending(isLast: false, into: &handler)
      }
      try report(run, isLast: isLast, into: &handler)
    } else {
      string.pending.append(contentsOf: run)
      if isLast || (string.pending.count >= Self.partBytes && string.isKey == false) {
        try reportPending(isLast: isLast, into: &handler)
      }
    }
  }

  private func checkLength(at offset: Int) throws {
    let limit = string.isKey ? limits.keyBytes : limits.stringBytes
    guard string.length <= limit else {
      let message = "a \(string.isKey ? "key" : "string") of more than \(limit) bytes"
      throw JSONError(.tooLarge, message, byteOffset: offset)
    }
  }

  private mutating func reportPending(
    isLast: Bool,
    into handler: inout some JSONTokenHandler
  ) throws {
    // Taken out while the handler sees it, so that nothing is copied.
    var pending: [UInt8] = []
    swap(&pending, &string.pending)
    try pending.withUnsafeBytes { try report($0, isLast: isLast, into: &handler) }
    pending.removeAll(keepingCapacity: true)
    swap(&pending, &string.pending)
  }

  private mutating func report(
    _ part: UnsafeRawBufferPointer,
    isLast: Bool,
    into handler: inout some JSONTokenHandler
  ) throws {
    if string.isKey {
      try handler.receivedKey(part.bytes)
      state = .colon
    } else {
      try handler.receivedString(part.bytes, isLast: isLast)
      if isLast { finishedValue() }
    }
  }

  private mutating func receivedEscape(_ byte: UInt8, at offset: Int) throws {
    let character: UInt8
    switch byte {
    case UInt8(ascii: "u"):
      string.phase = .hex(value: 0, missing: 4)
      return
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): character = byte
    case UInt8(ascii: "n"): character = 0x0A
    case UInt8(ascii: "t"): character = 0x09
    case UInt8(ascii: "r"): character = 0x0D
    case UInt8(ascii: "b"): character = 0x08
    case UInt8(ascii: "f"): character = 0x0C
    default:
      throw JSONError(.malformed, "an unknown escape in a string", byteOffset: offset)
    }
    string.append(ascii: character)
    string.phase = .text
    try checkLength(at: offset)
  }

  private mutating func receivedHexDigit(
    _ byte: UInt8,
    _ value: UInt16,
    missing: Int,
    at offset: Int
  ) throws {
    let digit: UInt8
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
    default:
      throw JSONError(.malformed, "\\u without four hex digits", byteOffset: offset)
    }
    let unit = value << 4 | UInt16(digit)
    guard missing == 1 else {
      string.phase = .hex(value: unit, missing: missing - 1)
      return
    }
    string.append(unit: unit)
    string.phase = .text
    try checkLength(at: offset)
  }
}
