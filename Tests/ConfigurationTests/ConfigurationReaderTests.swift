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
    #expect(
      try reading("key: 7") { v throws(ConfigurationError) in try v.integer(in: 1...9) }.get() == 7
    )
    #expect(try reading("key: no") { v throws(ConfigurationError) in try v.text() }.get() == "no")
    #expect(try reading("key: 7") { v throws(ConfigurationError) in try v.text() }.get() == "7")
    #expect(try reading("key: true") { v throws(ConfigurationError) in try v.bool() }.get())
    #expect(
      try reading("key: 1m30s") { v throws(ConfigurationError) in
        try v.duration(in: .zero ... .seconds(90))
      }.get() == .seconds(90)
    )
    #expect(
      try reading("key: 1 KiB") { v throws(ConfigurationError) in try v.byteSize(in: 0...1024) }
        .get() == 1024
    )
    #expect(
      try reading("key: red") { v throws(ConfigurationError) in try v.choice(of: Colour.self) }
        .get() == .red
    )
    #expect(
      try reading("key: [a, b]") { v throws(ConfigurationError) in try v.list().count }.get() == 2
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
    #expect(sentence(result) == expected)
  }

  @Test func `other wrong values are sentences too`() {
    for word in ["yes", "on", "True", "1", "\"true\""] {
      let result = reading("key: \(word)") { v throws(ConfigurationError) in try v.bool() }
      #expect(sentence(result)?.contains("true or false") == true, "\(word)")
    }
    let times: ClosedRange<Duration> = .seconds(1) ... .seconds(60)
    #expect(
      sentence(reading("key: 10") { v throws(ConfigurationError) in try v.duration(in: times) })
        == "line 1:6: key: '10' is not a time from 1s to 1m"
    )
    #expect(
      sentence(reading("key: 2m") { v throws(ConfigurationError) in try v.duration(in: times) })
        == "line 1:6: key: '2m' is not a time from 1s to 1m"
    )
    #expect(
      sentence(reading("key: 5GB") { v throws(ConfigurationError) in try v.byteSize(in: 0...4096) })
        == "line 1:6: key: '5GB' is not a size from 0 to 4KiB"
    )
    #expect(
      sentence(
        reading("key: green") { v throws(ConfigurationError) in try v.choice(of: Colour.self) }
      )
        == "line 1:6: key: 'green' is not one of red, blue"
    )
    #expect(
      sentence(reading("key: a") { v throws(ConfigurationError) in try v.list() })
        == "line 1:6: key: expected a list, found a text"
    )
  }
}
