internal import HeapModel
internal import JSONStream

/// Reads the outermost object of a snapshot's text: braces, keys, colons and commas.
///
/// The values are read by others, between two calls.
struct EnvelopeScanner {
  private enum State {
    case start
    /// Behind `{`: a key or `}`.
    case firstKey
    /// Behind a comma.
    case key
    case insideKey(escaped: Bool)
    case colon
    /// In front of a value.
    case value
    /// Behind a value.
    case commaOrEnd
    case finished
  }

  enum Event {
    /// A member's value begins at the next byte.
    case value(key: String)
    /// The piece is used up.
    case exhausted
  }

  /// Bytes of a key; engines use a few dozen.
  static let keyByteLimit = 256

  private var state = State.start
  /// The key's text with its quotes and escapes.
  private var keyText: [UInt8] = []

  var isFinished: Bool {
    if case .finished = state { true } else { false }
  }

  /// Reads on to the next value or to the end of the piece.
  mutating func next(_ input: inout TextInput) throws(SnapshotError) -> Event {
    while true {
      if case .insideKey(let escaped) = state {
        guard try readKey(&input, escaped: escaped) else { return .exhausted }
        continue
      }
      guard let byte = input.skipWhiteSpace() else { return .exhausted }
      if case .value = state {
        state = .commaOrEnd
        return .value(key: try key(input))
      }
      try read(byte, input)
      input.cursor += 1
    }
  }

  private mutating func read(_ byte: UInt8, _ input: TextInput) throws(SnapshotError) {
    switch (state, byte) {
    case (.start, UInt8(ascii: "{")):
      state = .firstKey
    case (.firstKey, UInt8(ascii: "\"")), (.key, UInt8(ascii: "\"")):
      keyText = [byte]
      state = .insideKey(escaped: false)
    case (.firstKey, UInt8(ascii: "}")), (.commaOrEnd, UInt8(ascii: "}")):
      state = .finished
    case (.colon, UInt8(ascii: ":")):
      state = .value
    case (.commaOrEnd, UInt8(ascii: ",")):
      state = .key
    default:
      throw input.malformed("expected \(expected), found \(byte.shown)")
    }
  }

  private mutating func readKey(
    _ input: inout TextInput,
    escaped: Bool
  ) throws(SnapshotError) -> Bool {
    var escaped = escaped
    while input.isEmpty == false {
      let byte = input.cursor.pointee
      guard keyText.count < Self.keyByteLimit else {
        throw input.tooLarge("a key of more than \(Self.keyByteLimit) bytes")
      }
      keyText.append(byte)
      input.cursor += 1
      if escaped {
        escaped = false
      } else if byte == UInt8(ascii: "\\") {
        escaped = true
      } else if byte == UInt8(ascii: "\"") {
        state = .colon
        return true
      }
    }
    state = .insideKey(escaped: escaped)
    return false
  }

  private func key(_ input: TextInput) throws(SnapshotError) -> String {
    do {
      return try JSONValue(parsing: keyText).string ?? ""
    } catch {
      throw input.malformed("a key that is no JSON string")
    }
  }

  private var expected: String {
    switch state {
    case .start: "'{'"
    case .firstKey: "a key or '}'"
    case .key, .insideKey: "a key"
    case .colon: "':'"
    case .value: "a value"
    case .commaOrEnd: "',' or '}'"
    case .finished: "nothing behind the snapshot"
    }
  }
}
