internal import JSONStream

/// What one of our fixed expressions came to: each answers one string of JSON.
enum Evaluation {
  /// Both protocols answer `{"result":{"type":"string","value":"…"}}`; what the program threw
  /// stands beside it (`exceptionDetails` in V8) or in its place (`wasThrown` in JavaScriptCore).
  static func json(_ reply: Reply) throws(SessionFailure) -> JSONValue {
    switch reply {
    case .failure(let failure):
      throw SessionFailure(.noAnswer, "the target answered: \(failure.message)")
    case .tooLarge, .profile:
      throw SessionFailure(.noAnswer, "the target answered too much")
    case .result(let result):
      if result["exceptionDetails"] != nil || result["wasThrown"]?.bool == true {
        let words = result["result"]?["description"]?.string ?? "no words"
        throw SessionFailure(.noAnswer, "reading threw in the target: \(words.prefix(200))")
      }
      guard case .string(let text)? = result["result"]?["value"],
        let value = try? JSONValue(parsing: text.bytes)
      else { throw SessionFailure(.noAnswer, "the target answered what we cannot read") }
      return value
    }
  }
}

extension JSONValue {
  /// A count of bytes or things: nil where it is missing, negative or no whole number.
  func count(_ key: String) -> UInt64? {
    self[key]?.int.flatMap { UInt64(exactly: $0) }
  }
}
