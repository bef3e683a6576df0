import JSONStream
import TestSupport
import Testing

@Suite struct JSONWriterTests {
  @Test func `commas stand where they belong`() {
    var writer = JSONWriter()

    writer.beginObject()
    writer.key("id")
    writer.number(1)
    writer.key("list")
    writer.beginArray()
    writer.string("a")
    writer.beginObject()
    writer.endObject()
    writer.beginArray()
    writer.endArray()
    writer.number(UInt64.max)
    writer.bool(false)
    writer.null()
    writer.endArray()
    writer.key("last")
    writer.number(0.25)
    writer.endObject()

    expect(
      writer.text,
      equals: #"{"id":1,"list":["a",{},[],18446744073709551615,false,null],"last":0.25}"#
    )
  }

  @Test func `output can be taken out in pieces`() {
    var writer = JSONWriter()

    writer.beginArray()
    writer.number(1)
    expect(writer.takeBytes(), equals: Array("[1".utf8))
    writer.number(2)
    writer.endArray()
    expect(writer.takeBytes(), equals: Array(",2]".utf8))
    #expect(writer.bytes.isEmpty)
  }

  @Test func `text is escaped as JavaScript escapes it`() {
    var writer = JSONWriter()

    writer.string("\"\\/\u{8}\u{9}\u{A}\u{C}\u{D}\u{0}\u{1F}\u{7F}é€😀\u{2028}퟿")

    expect(writer.text, equals: #""\"\\/\b\t\n\f\r\u0000\u001f"# + "\u{7F}é€😀\u{2028}퟿\"")
  }

  @Test func `lone surrogates are escaped, wherever a part is cut`() {
    let text: [UInt8] =
      Array("a\u{D7FF}".utf8) + [0xED, 0xA0, 0x80, 0xED, 0xBF, 0xBF] + Array("é".utf8)
    let expected = Array("\"a\u{D7FF}\\ud800\\udfffé\"".utf8)

    for cut in 0...text.count {
      var writer = JSONWriter()
      let (head, tail) = (text[..<cut], text[cut...])
      writer.stringPart(wtf8: head.span.bytes, isLast: false)
      writer.stringPart(wtf8: tail.span.bytes, isLast: true)
      expect(writer.bytes, equals: expected, "cut at \(cut)")
    }
    var writer = JSONWriter()
    writer.string(wtf8: text.span.bytes)
    expect(writer.bytes, equals: expected)
  }

  @Test func `integers are written digit by digit`() {
    var edges: [Int64] = [0, .max, .min]
    var power: Int64 = 1
    for _ in 0..<18 {
      power *= 10
      edges += [power - 1, power, power + 1, -power + 1, -power, -power - 1]
    }

    for value in edges {
      var bytes: [UInt8] = []
      bytes.appendDecimal(value)
      expect(String(decoding: bytes, as: UTF8.self), equals: String(value))
    }
    var bytes: [UInt8] = []
    bytes.appendDecimal(UInt64.max)
    expect(String(decoding: bytes, as: UTF8.self), equals: "18446744073709551615")
  }

  @Test(arguments: [
    (1.0, "1"), (-3.0, "-3"), (0.1, "0.1"), (1e21, "1e+21"), (-0.0, "-0.0"), (0.0, "0"),
    (.nan, "null"), (.infinity, "null"), (.leastNonzeroMagnitude, "5e-324"),
    (0x1p53, "9007199254740992"),
  ])
  func `doubles are as short as they can be`(_ value: Double, text: String) {
    var writer = JSONWriter()
    writer.number(value)
    expect(writer.text, equals: text)
  }

  @Test func `what is written reads back the same`() throws {
    var random = SeededGenerator(seed: 2026)

    for round in 0..<2_000 {
      let value = JSONValue.random(depth: 4, using: &random)
      var writer = JSONWriter()
      writer.value(value)
      let text = writer.takeBytes()

      try expect(
        JSONValue(parsing: text),
        equals: value,
        "round \(round): \(String(decoding: text, as: UTF8.self))"
      )
      let cuts = (0..<3).map { _ in Int.random(in: 0...text.count, using: &random) }
      try expect(TokenLog.reading(text, cutAt: cuts), equals: TokenLog.reading(text))

      var tokenizer = JSONTokenizer()
      var copy = JSONWriter()
      try tokenizer.consume(text, into: &copy)
      try tokenizer.finish(into: &copy)
      expect(copy.bytes, equals: text, "handed from tokenizer to writer, round \(round)")
    }
  }

  @Test func `mutated texts are read or refused, and never crash`() throws {
    var random = SeededGenerator(seed: 99)
    let original = Array(JSONTokenizerTests.everything.utf8)
    var refused = 0

    for _ in 0..<20_000 {
      var text = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[place] = UInt8.random(in: 0...255, using: &random)
        case 1: text.remove(at: place)
        default: text.insert(text[Int.random(in: 0..<text.count, using: &random)], at: place)
        }
      }
      do {
        let whole = try TokenLog.reading(text)
        let cut = Int.random(in: 0...text.count, using: &random)
        try expect(TokenLog.reading(text, cutAt: [cut]), equals: whole)
      } catch let error as JSONError {
        refused += 1
        #expect((0...text.count).contains(error.byteOffset))
      }
    }
    #expect((10_000..<20_000).contains(refused))
  }
}

extension JSONValue {
  fileprivate static func random(depth: Int, using random: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: 0...(depth > 0 ? 8 : 5), using: &random) {
    case 0: .null
    case 1: .bool(Bool.random(using: &random))
    case 2: .number(.integer(Int64.random(in: .min...(.max), using: &random)))
    case 3: .number(.double(randomDouble(using: &random)))
    case 4, 5: .string(randomText(using: &random))
    case 6:
      .array(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
          JSONValue.random(depth: depth - 1, using: &random)
        }
      )
    default:
      .object(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
          Member(
            key: randomText(using: &random),
            value: JSONValue.random(depth: depth - 1, using: &random)
          )
        }
      )
    }
  }

  /// Any finite double that is not whole, since those read back as integers.
  private static func randomDouble(using random: inout SeededGenerator) -> Double {
    while true {
      let value = Double(bitPattern: random.next())
      if value.isFinite, Int64(exactly: value) == nil { return value }
    }
  }

  /// UTF-16 units of every kind, surrogates in and out of pairs, as WTF-8.
  private static func randomText(using random: inout SeededGenerator) -> JSONString {
    let ranges: [ClosedRange<UInt32>] = [
      0...0x1F, 0x20...0x7F, 0x20...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xD800...0xDBFF,
      0xE000...0xFFFF, 0x1_0000...0x10_FFFF,
    ]
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      // swift-format-ignore: NeverForceUnwrap
      let scalar = UInt32.random(in: ranges.randomElement(using: &random)!, using: &random)
      if let valid = Unicode.Scalar(scalar) {
        bytes += Array(String(valid).utf8)
      } else {
        // A high surrogate, with a space so that no pair comes about.
        bytes += [0xED, UInt8(0x80 | scalar >> 6 & 0x3F), UInt8(0x80 | scalar & 0x3F), 0x20]
      }
    }
    return JSONString(bytes: bytes)
  }
}
