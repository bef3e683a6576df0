import JSONStream
import TestSupport
import Testing

@Suite struct JSONTokenizerTests {
  /// One text with every kind of token and every place where a cut could hurt.
  static let everything = #"""
    {"nothing": null, "yes":true,"no" : false,
      "numbers":[0,-1, 9223372036854775807,-9223372036854775808,1.5,-2.25e-3,1E+2, -0],
      "text":["","plain","\"\\\/\b\f\n\r\t","\u0041\u00e9\u20AC","é€😀","\ud83d\ude00",
        "\ud800","\udc00x","\ud800\ud83d\ude00","\ud800\n","end\ud83d"],
      "k\u0065y\ud800":{},"key":[],"key":[[{"":[]}]]}
    """#

  @Test func `tokens come in the order of the text`() throws {
    let tokens = try TokenLog.reading(#"{"a":[1,true,null,"x"],"b":{}} "#)

    expect(
      tokens,
      equals: [
        .beginObject, .key(Array("a".utf8)),
        .beginArray, .number(.integer(1)), .bool(true), .null, .string(Array("x".utf8)), .endArray,
        .key(Array("b".utf8)), .beginObject, .endObject,
        .endObject,
      ]
    )
  }

  @Test func `the tokens are the same wherever the bytes are cut`() throws {
    let text = Array(Self.everything.utf8)
    let whole = try TokenLog.reading(text)

    for cut in 0...text.count {
      try expect(TokenLog.reading(text, cutAt: [cut]), equals: whole, "cut at \(cut)")
    }
    try expect(TokenLog.reading(text, cutAt: Array(0..<text.count)), equals: whole, "byte by byte")
    for size in 2...9 {
      let cuts = Array(stride(from: size, to: text.count, by: size))
      try expect(TokenLog.reading(text, cutAt: cuts), equals: whole, "pieces of \(size)")
    }
  }

  @Test func `every prefix of a text is truncated and nothing else`() throws {
    let text = Array(Self.everything.utf8)

    for length in 0..<text.count {
      let error = #expect(throws: JSONError.self, "\(length) bytes") {
        _ = try TokenLog.reading(Array(text[..<length]))
      }
      expect(error?.code, equals: .truncated, "\(length) bytes")
      expect(error?.byteOffset, equals: length)
    }
  }

  @Test func `all scalars may be the whole text`() throws {
    try expect(TokenLog.reading("  17\n"), equals: [.number(.integer(17))])
    try expect(TokenLog.reading("17"), equals: [.number(.integer(17))])
    try expect(TokenLog.reading(#""a""#), equals: [.string(Array("a".utf8))])
    try expect(TokenLog.reading("null"), equals: [.null])
    try expect(TokenLog.reading("\r\n\t false\r\n"), equals: [.bool(false)])
  }

  @Test(arguments: [
    ("{]", 1, "expected a key or '}', found ']'"),
    ("[}", 1, "expected a value or ']', found '}'"),
    ("[1,]", 3, "expected a value, found ']'"),
    ("[,1]", 1, "expected a value or ']', found ','"),
    (#"{"a":1,}"#, 7, "expected a key, found '}'"),
    (#"{"a" 1}"#, 5, "expected ':', found '1'"),
    (#"{"a"}"#, 4, "expected ':', found '}'"),
    (#"{"a":}"#, 5, "expected a value, found '}'"),
    (#"{"a":1]"#, 6, "expected ',' or '}', found ']'"),
    ("[1}", 2, "expected ',' or ']', found '}'"),
    ("[1 2]", 3, "expected ',' or ']', found '2'"),
    ("{1:2}", 1, "expected a key or '}', found '1'"),
    ("[1]]", 3, "expected nothing behind the JSON text, found ']'"),
    ("[1] x", 4, "expected nothing behind the JSON text, found 'x'"),
    ("{} {}", 3, "expected nothing behind the JSON text, found '{'"),
    ("[truE]", 4, "a word that is none of true, false and null"),
    ("[nul]", 4, "a word that is none of true, false and null"),
    ("[truex]", 5, "expected ',' or ']', found 'x'"),
    ("['a']", 1, "expected a value or ']', found '''"),
    ("\u{FEFF}[]", 0, "expected a value, found a byte order mark or other text"),
    ("[\"a\u{1}\"]", 3, "a control character inside a string"),
    ("[\"a\nb\"]", 3, "a control character inside a string"),
    (#"["\x"]"#, 3, "an unknown escape in a string"),
    (#"["\u12g4"]"#, 6, "\\u without four hex digits"),
    ("[NaN]", 1, "expected a value or ']', found 'N'"),
    ("[+1]", 1, "expected a value or ']', found '+'"),
    ("[.5]", 1, "expected a value or ']', found '.'"),
    ("[01]", 2, "not a number"),
    ("[1.]", 3, "not a number"),
    ("[1.e5]", 3, "not a number"),
    ("[1e]", 3, "not a number"),
    ("[1e+]", 4, "not a number"),
    ("[-]", 2, "not a number"),
    ("[-a]", 2, "not a number"),
    ("[1-2]", 2, "not a number"),
    ("[1.2.3]", 4, "not a number"),
    ("[// comment", 1, "expected a value or ']', found '/'"),
  ])
  func `what is not JSON is refused at its byte`(_ text: String, offset: Int, message: String) {
    let bytes = Array(text.utf8)

    for cuts in [[], Array(0..<bytes.count)] {
      let error = #expect(throws: JSONError.self) {
        try TokenLog.reading(bytes, cutAt: cuts)
      }
      expect(error, equals: JSONError(.malformed, message, byteOffset: offset))
    }
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82],
      [0xF0, 0x9F, 0x98], [0xC3, 0xC3],
    ] as [[UInt8]]
  )
  func `text that is not UTF-8 is refused`(_ bytes: [UInt8]) {
    let text = [0x22, 0x61] + bytes + [0x22]

    for cuts in [[], Array(0..<text.count)] {
      let error = #expect(throws: JSONError.self) { try TokenLog.reading(text, cutAt: cuts) }
      expect(error?.message, equals: "text that is not UTF-8")
    }
  }

  @Test func `surrogates without their other half are three bytes`() throws {
    let tokens = try TokenLog.reading(#"["\ud800","\udfff\ud800","\ud83d\ude00"]"#)

    expect(
      tokens[1...3],
      equals: [
        .string([0xED, 0xA0, 0x80]),
        .string([0xED, 0xBF, 0xBF, 0xED, 0xA0, 0x80]),
        .string([0xF0, 0x9F, 0x98, 0x80]),
      ]
    )
    try expect(
      TokenLog.reading([0x22, 0xED, 0xA0, 0x80, 0x22]),
      equals: [.string([0xED, 0xA0, 0x80])]
    )
  }

  @Test func `0x7F stands for itself, and an escaped zero is a byte`() throws {
    try expect(TokenLog.reading([0x22, 0x7F, 0x22]), equals: [.string([0x7F])])
    try expect(TokenLog.reading(#""a\u0000b""#), equals: [.string([0x61, 0, 0x62])])
  }

  @Test func `a thousand containers are an error and not a crash`() throws {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)

    let error = #expect(throws: JSONError.self) { try TokenLog.reading(deep) }
    expect(error?.code, equals: .tooLarge)
    expect(error?.byteOffset, equals: 64)

    let allowed = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    try expect(TokenLog.reading(allowed).count, equals: 128)
    let limits = JSONTokenizer.Limits(depth: 2_000_000)
    #expect(throws: JSONError(.truncated, "the JSON text ends too early", byteOffset: 1_000_000)) {
      try TokenLog.reading(deep, limits: limits)
    }
  }

  @Test func `keys, strings and numbers end at their limits`() throws {
    let limits = JSONTokenizer.Limits(keyBytes: 4, stringBytes: 6, numberBytes: 5)
    func code(_ text: String) -> JSONError.Code? {
      let bytes = Array(text.utf8)
      let errors = [[], Array(0..<bytes.count)].map { cuts in
        #expect(throws: JSONError.self) {
          try TokenLog.reading(bytes, cutAt: cuts, limits: limits)
        }
      }
      expect(errors[0]?.code, equals: errors[1]?.code)
      return errors[0]?.code
    }

    try expect(TokenLog.reading(#"{"abcd":"\u0061bcdef"}"#, limits: limits).count, equals: 4)
    try expect(TokenLog.reading(#"[12345,"\ud83d\ude00"]"#, limits: limits).count, equals: 4)
    expect(code(#"{"abcde":0}"#), equals: .tooLarge)
    expect(code(#"{"abc\u00e9":0}"#), equals: .tooLarge)
    expect(code(#"["abcdefg"]"#), equals: .tooLarge)
    expect(code(#"["\n\n\n\n\n\n\n"]"#), equals: .tooLarge)
    expect(code(#"["\ud83d\ude00\ud800"]"#), equals: .tooLarge)
    expect(code("[123456]"), equals: .tooLarge)
  }

  @Test func `a long string goes through in parts of the input`() throws {
    var tokenizer = JSONTokenizer(limits: JSONTokenizer.Limits(stringBytes: .max))
    var log = TokenLog()
    let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 16)

    try tokenizer.consume(Array("\"".utf8), into: &log)
    for _ in 0..<10 {
      try tokenizer.consume(piece, into: &log)
    }
    try tokenizer.consume(Array("\"".utf8), into: &log)

    expect(log.partLengths, equals: [Int](repeating: 1 << 16, count: 10) + [0])
    #expect(tokenizer.isFinished)
  }

  @Test func `a string full of escapes comes in parts of bounded size`() throws {
    var tokenizer = JSONTokenizer(limits: JSONTokenizer.Limits(stringBytes: .max))
    var log = TokenLog()
    let lines = String(repeating: #"\"a\":1,\n"#, count: 100_000)

    try tokenizer.consume(Array("\"\(lines)\"".utf8), into: &log)

    expect(
      log.tokens,
      equals: [.string(Array(String(repeating: "\"a\":1,\n", count: 100_000).utf8))]
    )
    expect(log.partLengths.count, equals: 43)
    #expect(log.partLengths.allSatisfy { $0 <= 17_000 })
  }

  @Test func `a flood of empty strings is counted and not kept`() throws {
    struct Count: JSONTokenHandler {
      var strings = 0
      func beganObject() {}
      func endedObject() {}
      func beganArray() -> JSONArrayTreatment { .tokens }
      func endedArray() {}
      func receivedKey(_ key: RawSpan) {}
      mutating func receivedString(_ part: RawSpan, isLast: Bool) { strings += 1 }
      func receivedNumber(_ number: JSONNumber) {}
      func receivedBool(_ value: Bool) {}
      func receivedNull() {}
    }
    var tokenizer = JSONTokenizer()
    var count = Count()
    let piece = Array(String(repeating: #""","#, count: 10_000).utf8)

    try tokenizer.consume(Array("[".utf8), into: &count)
    for _ in 0..<20 {
      try tokenizer.consume(piece, into: &count)
    }
    try tokenizer.consume(Array("\"\"]".utf8), into: &count)
    try tokenizer.finish(into: &count)

    expect(count.strings, equals: 200_001)
  }

  @Test func `an array can be left to the caller`() throws {
    var tokenizer = JSONTokenizer()
    var log = TokenLog(rawDepth: 1)
    let text = Array(#"{"nodes":[1,2,3],"rest":"x"}"#.utf8)

    let taken = try tokenizer.consume(text, into: &log)
    expect(taken, equals: 10)
    expect(tokenizer.byteOffset, equals: 10)
    tokenizer.finishRawArray(byteCount: 6)
    let rest = text[16...]
    try rest.withUnsafeBytes { bytes in _ = try tokenizer.consume(bytes, into: &log) }
    try tokenizer.finish(into: &log)

    expect(
      log.tokens,
      equals: [
        .beginObject, .key(Array("nodes".utf8)), .beginArray,
        .key(Array("rest".utf8)), .string(Array("x".utf8)), .endObject,
      ]
    )
    expect(tokenizer.byteOffset, equals: text.count)
  }

  @Test func `what the handler throws reaches the caller`() throws {
    struct Enough: Error {}
    struct Refuser: JSONTokenHandler {
      func beganObject() {}
      func endedObject() {}
      func beganArray() -> JSONArrayTreatment { .tokens }
      func endedArray() {}
      func receivedKey(_ key: RawSpan) {}
      func receivedString(_ part: RawSpan, isLast: Bool) {}
      func receivedNumber(_ number: JSONNumber) throws { throw Enough() }
      func receivedBool(_ value: Bool) {}
      func receivedNull() {}
    }
    var tokenizer = JSONTokenizer()
    var refuser = Refuser()

    #expect(throws: Enough.self) {
      try tokenizer.consume(Array("[true, 17]".utf8), into: &refuser)
    }
    expect(tokenizer.byteOffset, equals: 7)
  }
}
