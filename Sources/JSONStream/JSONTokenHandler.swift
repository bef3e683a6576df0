/// Receives the tokens of a JSON text in the order in which they stand there.
///
/// Commas and colons are checked by `JSONTokenizer` and not reported. What a method throws ends
/// `consume` and reaches its caller unchanged. A span is valid during the call only.
///
/// Duplicate keys are reported as often as they come; a handler that overwrites behaves like
/// JavaScript, where the last one wins.
package protocol JSONTokenHandler {
  mutating func beganObject() throws
  mutating func endedObject() throws

  /// An array began; the answer says how its elements are to be delivered.
  mutating func beganArray() throws -> JSONArrayTreatment
  mutating func endedArray() throws

  /// A whole key as WTF-8, never longer than the tokenizer's limit.
  mutating func receivedKey(_ key: RawSpan) throws

  /// A string value, or a part of one, as WTF-8 without its quotes and escapes.
  ///
  /// Every string ends with exactly one call where `isLast` is true; that part, and only that one,
  /// can be empty. A part may end inside a character.
  mutating func receivedString(_ part: RawSpan, isLast: Bool) throws

  mutating func receivedNumber(_ number: JSONNumber) throws
  mutating func receivedBool(_ value: Bool) throws
  mutating func receivedNull() throws
}

/// How the elements of an array reach the handler.
package enum JSONArrayTreatment: Hashable, Sendable {
  /// As tokens, like everything else.
  case tokens
  /// Not at all: `consume` returns behind the opening bracket, the caller reads the bytes itself
  /// and reports with `finishRawArray(byteCount:)` how many they were.
  ///
  /// For the arrays of a hundred million integers, where a call per number is too dear.
  case raw
}
