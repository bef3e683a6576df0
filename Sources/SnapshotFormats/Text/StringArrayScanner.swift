internal import HeapModel

/// Reads a JSON array of strings into string batches, as WTF-8.
struct StringArrayScanner {
  private enum State {
    /// In front of the opening bracket.
    case start
    /// Behind `[`: a string or `]`.
    case first
    /// Behind a comma.
    case string
    case insideString
    /// Behind a string: a comma or `]`.
    case commaOrEnd
  }

  enum Event {
    case exhausted
    /// A batch is full; take it and go on.
    case batch
    /// The array ended; what was gathered is its last strings.
    case ended
  }

  let batches = StringBatchBuilder()
  private var state = State.start
  private var text = StringTextScanner()
  private let stringByteLimit: Int

  init(stringByteLimit: Int) {
    self.stringByteLimit = stringByteLimit
  }

  mutating func consume(_ input: inout TextInput) throws(SnapshotError) -> Event {
    while true {
      if case .insideString = state {
        guard try text.consume(&input, into: batches, limit: stringByteLimit) else {
          return .exhausted
        }
        batches.endString()
        state = .commaOrEnd
        if batches.isFull { return .batch }
      }
      guard let byte = input.skipWhiteSpace() else { return .exhausted }
      let isEnd = try read(byte, input)
      input.cursor += 1
      if isEnd { return .ended }
    }
  }

  /// Answers whether the array ended.
  private mutating func read(_ byte: UInt8, _ input: TextInput) throws(SnapshotError) -> Bool {
    switch (state, byte) {
    case (.start, UInt8(ascii: "[")):
      state = .first
    case (.first, UInt8(ascii: "]")), (.commaOrEnd, UInt8(ascii: "]")):
      return true
    case (.first, UInt8(ascii: "\"")), (.string, UInt8(ascii: "\"")):
      state = .insideString
    case (.commaOrEnd, UInt8(ascii: ",")):
      state = .string
    default:
      throw input.malformed("expected \(expected), found \(byte.shown)")
    }
    return false
  }

  private var expected: String {
    switch state {
    case .start: "'['"
    case .first: "a string or ']'"
    case .string, .insideString: "a string"
    case .commaOrEnd: "',' or ']'"
    }
  }
}
