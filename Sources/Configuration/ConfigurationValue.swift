internal import Quantities

/// A value of a configuration and the way to it, read as what the program expects there.
///
/// Each reader says what it wanted if it finds something else:
/// `line 4:10: metricsInterval: 'often' is not a time such as 10s or 5m`.
package struct ConfigurationValue: Sendable {
  package let node: YAMLNode
  /// `rules[2].match.port`; empty for the whole document.
  package let path: String

  package init(_ node: YAMLNode, path: String = "") {
    self.node = node
    self.path = path
  }

  /// An error about this value.
  package func error(_ message: String) -> ConfigurationError {
    ConfigurationError(path.isEmpty ? message : "\(path): \(message)", at: node.position)
  }

  /// Any text with at least one letter.
  package func text() throws(ConfigurationError) -> String {
    guard case .scalar(let text, _) = node.content, text.isEmpty == false else {
      throw error("expected a text, found \(node.kind)")
    }
    return text
  }

  /// A whole number within a range, without quotes.
  package func integer(in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return try unquoted(wanted) { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// `true` or `false`, without quotes, and none of YAML's other words for them.
  package func bool() throws(ConfigurationError) -> Bool {
    try unquoted("true or false") { ["true": true, "false": false][$0] }
  }

  /// A time such as `10s`, within a range.
  package func duration(in range: ClosedRange<Duration>) throws(ConfigurationError) -> Duration {
    let bounds = "\(TimeSpan.text(range.lowerBound)) to \(TimeSpan.text(range.upperBound))"
    return try unquoted("a time from \(bounds)") { text in
      TimeSpan.parse(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A size in bytes such as `256MiB`, within a range.
  package func byteSize(in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    let bounds = "\(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
    return try unquoted("a size from \(bounds)") { text in
      ByteSize.parse(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// One of a few words: the raw values of an enum.
  package func choice<Choice>(of type: Choice.Type) throws(ConfigurationError) -> Choice
  where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
    let words = type.allCases.map(\.rawValue).joined(separator: ", ")
    let text = try text()
    guard let choice = Choice(rawValue: text) else {
      throw error("'\(text)' is not one of \(words)")
    }
    return choice
  }

  /// The elements of a list.
  package func list() throws(ConfigurationError) -> [ConfigurationValue] {
    guard case .sequence(let elements) = node.content else {
      throw error("expected a list, found \(node.kind)")
    }
    return elements.enumerated().map { ConfigurationValue($1, path: "\(path)[\($0)]") }
  }

  private func unquoted<Value>(
    _ wanted: String,
    _ read: (String) -> Value?
  ) throws(ConfigurationError) -> Value {
    guard case .scalar(let text, let isQuoted) = node.content else {
      throw error("expected \(wanted), found \(node.kind)")
    }
    guard isQuoted == false else {
      throw error("expected \(wanted), found a text in quotes")
    }
    guard let value = read(text) else {
      throw error(text.isEmpty ? "expected \(wanted), found nothing" : "'\(text)' is not \(wanted)")
    }
    return value
  }
}
