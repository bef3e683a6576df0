import Configuration
import TestSupport
import Testing

@Suite struct YAMLNodeTests {
  @Test func `scalars stay text, and quotes are remembered`() throws {
    let node = try YAMLNode(parsing: "a: no\nb: \"no\"\nc: 0x10\nd:\ne: [1, ~]\n")

    guard case .mapping(let members) = node.content else {
      Issue.record("\(node)")
      return
    }
    expect(members.map(\.key), equals: ["a", "b", "c", "d", "e"])
    expect(members[0].value.content, equals: .scalar("no", isQuoted: false))
    expect(members[1].value.content, equals: .scalar("no", isQuoted: true))
    expect(members[2].value.content, equals: .scalar("0x10", isQuoted: false))
    expect(members[3].value.content, equals: .scalar("", isQuoted: false))
    guard case .sequence(let elements) = members[4].value.content else {
      Issue.record("\(node)")
      return
    }
    expect(elements[1].content, equals: .scalar("~", isQuoted: false))
    expect(elements[1].position, equals: .init(line: 5, column: 8))
  }

  @Test(arguments: [
    ("a: 1\na: 2\n", "line 2:1: the key 'a' is given twice"),
    ("x:\n  - {a: 1, \"a\": 2}\n", "line 2:12: the key 'a' is given twice"),
    ("a: &x 1\n", "line 1:4: anchors are not allowed"),
    ("a: &x [1]\n", "line 1:4: anchors are not allowed"),
    ("a: *x\n", "line 1:4: aliases are not allowed"),
    ("a: !!int 1\n", "line 1:4: tags are not allowed"),
    ("a: !x {}\n", "line 1:4: tags are not allowed"),
    ("a: 1\n---\nb: 2\n", "line 2:1: a second document is not allowed"),
    ("? [a]\n: 1\n", "line 1:3: a key must be a text"),
    ("? {a: 1}\n: 1\n", "line 1:3: a key must be a text"),
    ("a: [1\n", "line 2:1: did not find expected ',' or ']' while parsing a flow sequence"),
    ("a: 1\n b: 2\n", "line 2:3: mapping values are not allowed in this context"),
    ("a: \"x\n", "line 2:1: found unexpected end of stream while scanning a quoted scalar"),
    (
      "\ta: 1\n",
      "line 1:1: found character that cannot start any token while scanning for the next token"
    ),
    ("a: \u{1}\n", "control characters are not allowed (byte 3)"),
  ])
  func `what is not allowed is named with its place`(_ text: String, sentence: String) {
    let error = #expect(throws: ConfigurationError.self) { try YAMLNode(parsing: text) }
    expect(error?.description, equals: sentence)
  }

  @Test func `text that is not UTF-8 is refused`() {
    let error = #expect(throws: ConfigurationError.self) {
      try YAMLNode(parsing: [0x61, 0x3A, 0x20, 0xFF, 0x0A])
    }
    expect(error?.description, equals: "invalid leading UTF-8 octet (byte 3)")
  }

  @Test func `nothing at all is a document too`() throws {
    for text in ["", "\n", "# only a comment\n", "---\n"] {
      try expect(YAMLNode(parsing: text).content, equals: .scalar("", isQuoted: false), "\(text)")
    }
  }

  @Test func `depth, values and bytes are bounded`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    func list(_ count: Int) -> String {
      "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]"
    }

    #expect(throws: Never.self) { try YAMLNode(parsing: nested(32)) }
    var error = #expect(throws: ConfigurationError.self) { try YAMLNode(parsing: nested(33)) }
    expect(error?.description, equals: "line 1:33: more than 32 levels")
    error = #expect(throws: ConfigurationError.self) { try YAMLNode(parsing: nested(200_000)) }
    expect(error?.description, equals: "line 1:33: more than 32 levels")

    #expect(throws: Never.self) { try YAMLNode(parsing: list(9_999)) }
    error = #expect(throws: ConfigurationError.self) { try YAMLNode(parsing: list(10_000)) }
    expect(error?.message, equals: "more than 10000 values")

    error = #expect(throws: ConfigurationError.self) {
      try YAMLNode(parsing: "a: 1", limits: YAMLLimits(bytes: 3))
    }
    expect(error?.message, equals: "4 bytes, more than 3")
  }

  @Test func `mutated documents are read or refused, and never crash`() {
    var random = SeededGenerator(seed: 11)
    let original = Array(
      "a: [1, {b: \"c\"}]\nd:\n  - &x e: |\n      text\n  - *x\n? [k]\n: v\n---\n!t z\n".utf8
    )
    var refused = 0

    for _ in 0..<4_000 {
      var text = original
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[place] = UInt8.random(in: 0...255, using: &random)
        case 1: text.removeSubrange(place..<Int.random(in: place...text.count, using: &random))
        default: text.insert(text[Int.random(in: 0..<text.count, using: &random)], at: place)
        }
        if text.isEmpty { break }
      }
      do {
        _ = try YAMLNode(parsing: text)
      } catch {
        refused += 1
      }
    }
    #expect((2_000..<4_000).contains(refused))
  }
}
