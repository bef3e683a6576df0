import Configuration
import TestSupport
import Testing

@Suite struct ConfigurationReaderTests {
  private enum Colour: String, CaseIterable {
    case red, blue
  }

  /// Reads `key` of the document by `read`, and what is wrong if that fails.
  private func reading<Value>(
    _ text: String,
    _ read: (ConfigurationValue) throws(ConfigurationError) -> Value
  ) -> Result<Value, ConfigurationError> {
    do {
      var reader = try ConfigurationReader(ConfigurationValue(YAMLNode(parsing: text)))
      let value = try read(reader.required("key"))
      try reader.finish()
      return .success(value)
    } catch {
      return .failure(error)
    }
  }

  private func sentence<Value>(_ result: Result<Value, ConfigurationError>) -> String? {
    if case .failure(let error) = result { error.description } else { nil }
  }

  @Test func `numbers, truths, times and sizes are read when asked for`() throws {
    try expect(
      reading("key: 7") { v throws(ConfigurationError) in try v.integer(in: 1...9) }.get(),
      equals: 7
    )
    try expect(
      reading("key: no") { v throws(ConfigurationError) in try v.text() }.get(),
      equals: "no"
    )
    try expect(
      reading("key: 7") { v throws(ConfigurationError) in try v.text() }.get(),
      equals: "7"
    )
    #expect(try reading("key: true") { v throws(ConfigurationError) in try v.bool() }.get())
    try expect(
      reading("key: 1m30s") { v throws(ConfigurationError) in
        try v.duration(in: .zero ... .seconds(90))
      }.get(),
      equals: .seconds(90)
    )
    try expect(
      reading("key: 1 KiB") { v throws(ConfigurationError) in try v.byteSize(in: 0...1024) }
        .get(),
      equals: 1024
    )
    try expect(
      reading("key: red") { v throws(ConfigurationError) in try v.choice(of: Colour.self) }
        .get(),
      equals: .red
    )
    try expect(
      reading("key: [a, b]") { v throws(ConfigurationError) in try v.list().count }.get(),
      equals: 2
    )
  }

  @Test(arguments: [
    ("key: 10", "line 1:6: key: '10' is not a whole number from 1 to 9"),
    ("key: x", "line 1:6: key: 'x' is not a whole number from 1 to 9"),
    ("key: \"7\"", "line 1:6: key: expected a whole number from 1 to 9, found a text in quotes"),
    ("key: [7]", "line 1:6: key: expected a whole number from 1 to 9, found a list"),
    ("key: {}", "line 1:6: key: expected a whole number from 1 to 9, found a group of keys"),
    ("key:", "line 1:5: key: expected a whole number from 1 to 9, found nothing"),
    ("other: 7", "line 1:1: the key 'key' is missing"),
    ("key: 7\nkye: 8\n", "line 2:1: unknown key 'kye'; known here: key"),
    ("- key", "line 1:1: expected a group of keys, found a list"),
    ("key", "line 1:1: expected a group of keys, found a text"),
  ])
  func `a wrong number is a sentence`(_ text: String, expected: String) {
    let result = reading(text) { v throws(ConfigurationError) in try v.integer(in: 1...9) }
    expect(sentence(result), equals: expected)
  }

  @Test func `other wrong values are sentences too`() {
    for word in ["yes", "on", "True", "1", "\"true\""] {
      let result = reading("key: \(word)") { v throws(ConfigurationError) in try v.bool() }
      expect(sentence(result)?.contains("true or false"), equals: true, "\(word)")
    }
    let times: ClosedRange<Duration> = .seconds(1) ... .seconds(60)
    expect(
      sentence(reading("key: 10") { v throws(ConfigurationError) in try v.duration(in: times) }),
      equals: "line 1:6: key: '10' is not a time from 1s to 1m"
    )
    expect(
      sentence(reading("key: 2m") { v throws(ConfigurationError) in try v.duration(in: times) }),
      equals: "line 1:6: key: '2m' is not a time from 1s to 1m"
    )
    expect(
      sentence(
        reading("key: 5GB") { v throws(ConfigurationError) in try v.byteSize(in: 0...4096) }
      ),
      equals: "line 1:6: key: '5GB' is not a size from 0 to 4KiB"
    )
    expect(
      sentence(
        reading("key: green") { v throws(ConfigurationError) in try v.choice(of: Colour.self) }
      ),
      equals: "line 1:6: key: 'green' is not one of red, blue"
    )
    expect(
      sentence(reading("key: a") { v throws(ConfigurationError) in try v.list() }),
      equals: "line 1:6: key: expected a list, found a text"
    )
  }
}
