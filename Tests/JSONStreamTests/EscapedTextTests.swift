import JSONStream
import TestSupport
import Testing

/// Long strings full of escapes take a short way, and must come out as by the long one.
struct EscapedTextTests {
  /// Pieces of a string's text, and the bytes each stands for.
  private static let pieces: [(text: String, bytes: [UInt8])] = [
    (#"\""#, [0x22]), (#"\\"#, [0x5C]), (#"\/"#, [0x2F]), (#"\n"#, [0x0A]), (#"\t"#, [0x09]),
    (#"\r"#, [0x0D]), (#"\b"#, [0x08]), (#"\f"#, [0x0C]), (#"\u0041"#, [0x41]),
    (#"\ud83d\ude00"#, Array("😀".utf8)), (#"\ud800"#, [0xED, 0xA0, 0x80]), ("é", [0xC3, 0xA9]),
    ("\u{7F}", [0x7F]), ("7", [0x37]), (",1234567", Array(",1234567".utf8)),
    (String(repeating: "plain ", count: 90), Array(String(repeating: "plain ", count: 90).utf8)),
  ]

  private struct Gatherer: JSONTokenHandler {
    var bytes: [UInt8] = []
    var lastParts = 0

    mutating func receivedString(_ part: RawSpan, isLast: Bool) {
      part.withUnsafeBytes { bytes.append(contentsOf: $0) }
      lastParts += isLast ? 1 : 0
    }

    func beganObject() {}
    func endedObject() {}
    func beganArray() -> JSONArrayTreatment { .tokens }
    func endedArray() {}
    func receivedKey(_ key: RawSpan) {}
    func receivedNumber(_ number: JSONNumber) {}
    func receivedBool(_ value: Bool) {}
    func receivedNull() {}
  }

  private func read(_ pieces: [ArraySlice<UInt8>], limit: Int = .max) throws -> Gatherer {
    var tokenizer = JSONTokenizer(limits: JSONTokenizer.Limits(stringBytes: limit))
    var gatherer = Gatherer()
    for piece in pieces { try tokenizer.consume(Array(piece), into: &gatherer) }
    try tokenizer.finish(into: &gatherer)
    return gatherer
  }

  private func randomString(_ random: inout SeededGenerator) -> (text: [UInt8], bytes: [UInt8]) {
    var text: [UInt8] = [0x22]
    var bytes: [UInt8] = []
    // Mostly a few kinds at a time, so that short runs and long ones both come.
    let kinds = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in
      Self.pieces.randomElement(using: &random)
    }
    for _ in 0..<Int.random(in: 1...2_000, using: &random) {
      guard let piece = kinds.randomElement(using: &random) else { continue }
      text += piece.text.utf8
      bytes += piece.bytes
    }
    return (text + [0x22], bytes)
  }

  @Test func `strings come out whole, wherever they are cut`() throws {
    var random = SeededGenerator(seed: 11)
    for round in 0..<60 {
      let (text, bytes) = randomString(&random)
      try expect(read([text[...]]).bytes, equals: bytes, "round \(round)")
      for _ in 0..<10 {
        let cut = Int.random(in: 0...text.count, using: &random)
        let gathered = try read([text[..<cut], text[cut...]])
        expect(gathered.bytes, equals: bytes, "round \(round), cut at \(cut)")
        expect(gathered.lastParts, equals: 1)
      }
    }
  }

  @Test func `the limit of a string holds on the short way too`() {
    let text = Array(("\"" + String(repeating: #"ab\n"#, count: 400) + "\"").utf8)
    #expect(throws: Never.self) { try read([text[...]], limit: 1_200) }
    let error = #expect(throws: JSONError.self) { try read([text[...]], limit: 1_199) }
    expect(error?.code, equals: .tooLarge)
  }

  @Test(arguments: [#"\x"#, #"\u12g4"#, "\n", "\u{0}"])
  func `what is refused is refused behind many escapes too`(bad: String) {
    let text = Array(("\"" + String(repeating: #"ab\n"#, count: 40) + bad + "ab\"").utf8)
    let error = #expect(throws: JSONError.self) { try read([text[...]]) }
    expect(error?.code, equals: .malformed)
  }
}
