/// Reads one JSON text of any length that arrives in pieces cut anywhere, and reports its tokens.
///
/// Trusts nothing about the text: depth, keys, strings and numbers are bounded, nothing recurses,
/// and memory stays below `Limits.keyBytes` plus a few dozen KiB whatever comes. A string value of
/// 1 GiB goes through in parts, which are parts of the input itself wherever no escape stands in
/// them.
///
/// RFC 8259, with these choices:
///
/// - Text is WTF-8: an escaped surrogate without its other half (`\ud800`) is handed on as its
///   three bytes, and raw ones are let through. Any other invalid UTF-8 is refused.
/// - 0x7F stands for itself; control characters below 0x20 must be escaped.
/// - A byte order mark is refused: no runtime writes one, and RFC 8259 forbids it.
/// - Duplicate keys are reported as they come.
/// - Integers are exact up to 64 bits, see `JSONNumber`.
///
/// After an error the tokenizer is of no more use.
package struct JSONTokenizer: Sendable {
  package struct Limits: Hashable, Sendable {
    /// Containers inside one another.
    package var depth: Int
    /// Bytes of a key, unescaped.
    package var keyBytes: Int
    /// Bytes of a string value, unescaped; `.max` for text that is streamed on.
    package var stringBytes: Int
    /// Bytes of a number's text.
    package var numberBytes: Int

    package init(
      depth: Int = 64,
      keyBytes: Int = 1 << 16,
      stringBytes: Int = 1 << 20,
      numberBytes: Int = 256
    ) {
      self.depth = depth
      self.keyBytes = keyBytes
      self.stringBytes = stringBytes
      self.numberBytes = numberBytes
    }
  }

  enum State {
    /// A value must come.
    case value
    /// Behind `[`: a value or `]`.
    case firstElement
    /// Behind `{`: a key or `}`.
    case firstKey
    /// Behind a comma in an object: a key.
    case key
    case colon
    /// Behind a value in a container.
    case commaOrEnd
    case string
    case number
    /// Inside `true`, `false` or `null`; the bytes still expected, the next one lowest.
    case literal(rest: UInt64)
    /// The caller reads an array by itself.
    case rawArray
    /// The one value is complete; only white space may come.
    case finished
  }

  enum Container {
    case object
    case array
  }

  package let limits: Limits
  /// How many bytes were read: the absolute offset of the next one.
  ///
  /// When a handler threw, the offset at which the token began that it refused, or the part of it.
  package internal(set) var byteOffset = 0

  var state = State.value
  var containers: [Container] = []
  var string = JSONStringState()
  /// The beginning of a number that was cut.
  var numberText: [UInt8] = []
  /// Which literal `State.literal` is about.
  var literal = JSONLiteral.null

  package init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// How many containers are open.
  package var depth: Int {
    containers.count
  }

  /// Whether the value is complete, so that only white space may follow.
  ///
  /// A number that is the whole text is complete only once `finish` says that no digit follows.
  package var isFinished: Bool {
    if case .finished = state { true } else { false }
  }

  /// Reads the next piece of the text.
  ///
  /// - Returns: how many bytes were taken: all of them, unless the handler asked for an array's raw
  ///   bytes; then those up to and with its opening bracket.
  /// - Throws: `JSONError`, or what the handler threw.
  @discardableResult
  package mutating func consume(
    _ bytes: RawSpan,
    into handler: inout some JSONTokenHandler
  ) throws -> Int {
    try bytes.withUnsafeBytes { try consume($0, into: &handler) }
  }

  /// Reads the next piece of the text; see `consume(_:into:)`.
  @discardableResult
  package mutating func consume(
    _ bytes: [UInt8],
    into handler: inout some JSONTokenHandler
  ) throws -> Int {
    try bytes.withUnsafeBytes { try consume($0, into: &handler) }
  }

  /// Reads the next piece of the text; see `consume(_:into:)`.
  @discardableResult
  package mutating func consume(
    _ bytes: UnsafeRawBufferPointer,
    into handler: inout some JSONTokenHandler
  ) throws -> Int {
    let start = byteOffset
    while byteOffset - start < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[(byteOffset - start)...])
      switch state {
      case .string: try continueString(rest, into: &handler)
      case .number: try continueNumber(rest, into: &handler)
      case .literal(let expected): try continueLiteral(rest, expected: expected, into: &handler)
      case .rawArray: return byteOffset - start
      default: try consumeStructure(rest, into: &handler)
      }
    }
    return bytes.count
  }

  /// The caller has read an array whose treatment was `raw`.
  ///
  /// - Parameter byteCount: the bytes behind the opening bracket, with the closing one.
  package mutating func finishRawArray(byteCount: Int) {
    guard case .rawArray = state else {
      preconditionFailure("no raw array is open: \(state)")
    }
    byteOffset += byteCount
    close()
  }

  /// The text is over.
  ///
  /// - Throws: `truncated` if its value was not.
  package mutating func finish(into handler: inout some JSONTokenHandler) throws {
    if case .number = state, containers.isEmpty {
      try finishNumber(startingAt: byteOffset - numberText.count, into: &handler)
    }
    guard isFinished else {
      throw JSONError(.truncated, "the JSON text ends too early", byteOffset: byteOffset)
    }
  }
}

extension JSONTokenizer {
  /// Reads white space, punctuation, and the first byte of keys and values, until a state is
  /// reached that another function reads.
  private mutating func consumeStructure(
    _ bytes: UnsafeRawBufferPointer,
    into handler: inout some JSONTokenHandler
  ) throws {
    for byte in bytes {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): break
      case UInt8(ascii: ","): try receivedComma()
      case UInt8(ascii: ":"): try receivedColon()
      case UInt8(ascii: "}"): try receivedEndOfObject(into: &handler)
      case UInt8(ascii: "]"): try receivedEndOfArray(into: &handler)
      case UInt8(ascii: "\""): try beginString()
      default: try beginValue(byte, into: &handler)
      }
      switch state {
      case .number:
        return  // The byte belongs to the number's text, and is read again there.
      case .string, .literal, .rawArray:
        byteOffset += 1
        return
      default:
        byteOffset += 1
      }
    }
  }

  private mutating func receivedComma() throws {
    guard case .commaOrEnd = state else { throw unexpected("','") }
    state = containers.last == .object ? .key : .value
  }

  private mutating func receivedColon() throws {
    guard case .colon = state else { throw unexpected("':'") }
    state = .value
  }

  private mutating func receivedEndOfObject(into handler: inout some JSONTokenHandler) throws {
    switch state {
    case .firstKey,
      .commaOrEnd where containers.last == .object:
      try handler.endedObject()
      close()
    default:
      throw unexpected("'}'")
    }
  }

  private mutating func receivedEndOfArray(into handler: inout some JSONTokenHandler) throws {
    switch state {
    case .firstElement,
      .commaOrEnd where containers.last == .array:
      try handler.endedArray()
      close()
    default:
      throw unexpected("']'")
    }
  }

  private mutating func beginString() throws {
    switch state {
    case .firstKey, .key:
      string.begin(isKey: true)
    case .value, .firstElement:
      string.begin(isKey: false)
    default:
      throw unexpected("a string")
    }
    state = .string
  }

  private mutating func beginValue(_ byte: UInt8, into handler: inout some JSONTokenHandler) throws
  {
    switch state {
    case .value, .firstElement: break
    default: throw unexpected(Self.describe(byte))
    }
    switch byte {
    case UInt8(ascii: "{"):
      try open(.object)
      try handler.beganObject()
      state = .firstKey
    case UInt8(ascii: "["):
      try open(.array)
      switch try handler.beganArray() {
      case .tokens: state = .firstElement
      case .raw: state = .rawArray
      }
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      state = .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
      literal = JSONLiteral(firstByte: byte)
      state = .literal(rest: literal.rest)
    default:
      throw unexpected(Self.describe(byte))
    }
  }

  private mutating func open(_ container: Container) throws {
    guard containers.count < limits.depth else {
      let message = "more than \(limits.depth) arrays and objects inside one another"
      throw JSONError(.tooLarge, message, byteOffset: byteOffset)
    }
    containers.append(container)
  }

  private mutating func close() {
    containers.removeLast()
    finishedValue()
  }

  mutating func finishedValue() {
    state = containers.isEmpty ? .finished : .commaOrEnd
  }

  private func unexpected(_ what: String) -> JSONError {
    let wanted =
      switch state {
      case .value: "a value"
      case .firstElement: "a value or ']'"
      case .firstKey: "a key or '}'"
      case .key: "a key"
      case .colon: "':'"
      case .commaOrEnd: containers.last == .object ? "',' or '}'" : "',' or ']'"
      case .finished: "nothing behind the JSON text"
      case .string, .number, .literal, .rawArray: "the rest of a value"
      }
    return JSONError(.malformed, "expected \(wanted), found \(what)", byteOffset: byteOffset)
  }

  private static func describe(_ byte: UInt8) -> String {
    switch byte {
    case 0x21...0x7E: "'\(Unicode.Scalar(byte))'"
    case 0xEF: "a byte order mark or other text"
    default: "the byte \(byte)"
    }
  }
}
