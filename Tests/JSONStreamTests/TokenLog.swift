package import JSONStream

/// Writes down what a tokenizer reports, with the parts of each string joined.
package struct TokenLog: JSONTokenHandler {
  package enum Token: Equatable {
    case beginObject, endObject, beginArray, endArray
    case key([UInt8])
    case string([UInt8])
    case number(JSONNumber)
    case bool(Bool)
    case null
  }

  package var tokens: [Token] = []
  /// How long each part of a string was.
  package var partLengths: [Int] = []
  private var text: [UInt8] = []
  /// The answer for arrays at this depth is `raw`.
  package var rawDepth: Int?
  private var depth = 0

  package init(rawDepth: Int? = nil) {
    self.rawDepth = rawDepth
  }

  package mutating func beganObject() {
    depth += 1
    tokens.append(.beginObject)
  }

  package mutating func endedObject() {
    depth -= 1
    tokens.append(.endObject)
  }

  package mutating func beganArray() -> JSONArrayTreatment {
    tokens.append(.beginArray)
    guard rawDepth != depth else { return .raw }
    depth += 1
    return .tokens
  }

  package mutating func endedArray() {
    depth -= 1
    tokens.append(.endArray)
  }

  package mutating func receivedKey(_ key: RawSpan) {
    tokens.append(.key(Array(copying: key)))
  }

  package mutating func receivedString(_ part: RawSpan, isLast: Bool) {
    partLengths.append(part.byteCount)
    text.append(copying: part)
    if isLast {
      tokens.append(.string(text))
      text = []
    }
  }

  package mutating func receivedNumber(_ number: JSONNumber) {
    tokens.append(.number(number))
  }

  package mutating func receivedBool(_ value: Bool) {
    tokens.append(.bool(value))
  }

  package mutating func receivedNull() {
    tokens.append(.null)
  }
}

extension TokenLog {
  /// Reads a text that is cut at the given places.
  package static func reading(
    _ text: [UInt8],
    cutAt cuts: [Int] = [],
    limits: JSONTokenizer.Limits = JSONTokenizer.Limits()
  ) throws -> [Token] {
    var tokenizer = JSONTokenizer(limits: limits)
    var log = TokenLog()
    var start = 0
    for end in cuts.sorted() + [text.count] {
      let piece = text[start..<end]
      try piece.withUnsafeBytes { bytes in _ = try tokenizer.consume(bytes, into: &log) }
      start = end
    }
    try tokenizer.finish(into: &log)
    return log.tokens
  }

  package static func reading(
    _ text: String,
    limits: JSONTokenizer.Limits = JSONTokenizer.Limits()
  ) throws -> [Token] {
    try reading(Array(text.utf8), limits: limits)
  }
}
