import JSONStream
import TestSupport
import Testing

@Suite struct JSONValueTests {
  @Test func `members are found by name and place`() throws {
    let value = try JSONValue(
      parsing: #"{"id":7,"result":{"size":1.5,"ok":true,"names":["a","b"],"none":null}}"#
    )

    expect(value["id"]?.int, equals: 7)
    expect(value["result"]?["size"]?.double, equals: 1.5)
    #expect(value["result"]?["size"]?.int == nil)
    expect(value["result"]?["ok"]?.bool, equals: true)
    expect(value["result"]?["names"]?.array?.count, equals: 2)
    expect(value["result"]?["names"]?[1]?.string, equals: "b")
    #expect(value["result"]?["names"]?[2] == nil)
    expect(value["result"]?["none"]?.isNull, equals: true)
    #expect(value["missing"] == nil)
    #expect(value["id"]?["x"] == nil)
    #expect(value["id"]?.string == nil)
  }

  @Test func `of two members with one name the last is found, and both are kept`() throws {
    let value = try JSONValue(parsing: #"{"a":1,"a":2}"#)

    expect(value["a"]?.int, equals: 2)
    expect(value.object?.count, equals: 2)
  }

  @Test func `names that Unicode calls equal are not one name`() throws {
    let value = try JSONValue(parsing: #"{"\u00e9":1}"#)

    expect(value["\u{E9}"]?.int, equals: 1)
    #expect(value["e\u{301}"] == nil)
  }

  @Test func `a lone surrogate is kept as bytes and shown as U+FFFD`() throws {
    let value = try JSONValue(parsing: #""a\ud800""#)

    expect(value, equals: .string(JSONString(bytes: [0x61, 0xED, 0xA0, 0x80])))
    expect(value.string?.hasPrefix("a\u{FFFD}"), equals: true)
  }

  @Test func `bytes, values and depth are bounded`() throws {
    func code(_ text: String, _ limits: JSONValue.Limits) -> JSONError? {
      #expect(throws: JSONError.self) { try JSONValue(parsing: text, limits: limits) }
    }

    expect(code("[1,2,3]", .init(bytes: 6))?.code, equals: .tooLarge)
    expect(
      code("[1,2,3]", .init(values: 3)),
      equals: JSONError(.tooLarge, "more than 3 values in a JSON text", byteOffset: 5)
    )
    expect(code("[[[]]]", .init(depth: 2))?.code, equals: .tooLarge)
    try expect(
      JSONValue(parsing: "[1,2,3]", limits: .init(bytes: 7, values: 4, depth: 1)).array?.count,
      equals: 3
    )
  }

  /// A copy of the array for each element would take many minutes.
  @Test(.timeLimit(.minutes(1)))
  func `an array of many values is built without copying it for each`() throws {
    let text = "[" + String(repeating: "{},", count: 90_000) + "{}]"
    try expect(JSONValue(parsing: text).array?.count, equals: 90_001)
  }

  @Test func `the builder says when its value is complete`() throws {
    var builder = JSONValueBuilder(valueLimit: 10)
    var tokenizer = JSONTokenizer()

    try tokenizer.consume(Array(#"{"a":[1"#.utf8), into: &builder)
    expect(builder.isComplete, equals: false)
    try tokenizer.consume(Array("]}".utf8), into: &builder)
    #expect(builder.isComplete)
    expect(builder.value["a"]?[0]?.int, equals: 1)
  }
}
