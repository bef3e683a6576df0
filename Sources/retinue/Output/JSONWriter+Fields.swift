internal import JSONStream
internal import HeapModel
internal import Log

/// The version of the JSON that commands print: raised when a field changes its meaning or goes,
/// not when one is added.
let jsonSchemaVersion = 1

extension JSONWriter {
  mutating func field(_ key: String, _ value: String) {
    self.key(key)
    string(value)
  }

  mutating func field(_ key: String, _ value: Bool) {
    self.key(key)
    bool(value)
  }

  mutating func field(_ key: String, _ value: some BinaryInteger) {
    self.key(key)
    integer(value)
  }

  /// A number, or null for what is not known.
  mutating func field(_ key: String, _ value: (some BinaryInteger)?) {
    self.key(key)
    if let value { integer(value) } else { null() }
  }

  mutating func field(_ key: String, _ value: Double?) {
    self.key(key)
    if let value { number(value) } else { null() }
  }

  mutating func field(_ key: String, _ values: [String]) {
    array(key, values) { json, value in json.string(value) }
  }

  mutating func field(_ key: String, _ values: [UInt64]) {
    array(key, values) { json, value in json.number(value) }
  }

  /// A text, or null for an empty one.
  mutating func optional(_ key: String, _ value: String?) {
    self.key(key)
    if let value, !value.isEmpty { string(value) } else { null() }
  }

  /// A number, or null for 0, which says that it is not known.
  mutating func optional(_ key: String, _ value: some BinaryInteger) {
    field(key, value == 0 ? nil : value)
  }

  /// A place in the source, or null for one that is not known.
  mutating func field(_ key: String, _ position: SourcePosition?) {
    self.key(key)
    guard let position else { return null() }
    object { json in
      json.field("script", position.script)
      json.field("line", position.line)
      json.field("column", position.column)
    }
  }

  /// A point in time as RFC 3339, or null for 0.
  mutating func time(_ key: String, _ time: UnixNanoseconds) {
    self.key(key)
    if time > 0 { string(RFC3339.string(nanosecondsSince1970: time)) } else { null() }
  }

  /// A duration in milliseconds, with fractions.
  mutating func milliseconds(_ key: String, nanoseconds: UInt64) {
    field(key, Double(nanoseconds) / 1e6)
  }

  mutating func object(_ key: String, _ body: (inout JSONWriter) -> Void) {
    self.key(key)
    object(body)
  }

  mutating func object(_ body: (inout JSONWriter) -> Void) {
    beginObject()
    body(&self)
    endObject()
  }

  mutating func array<Element>(
    _ key: String,
    _ elements: some Sequence<Element>,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    self.key(key)
    array(elements, body)
  }

  mutating func array<Element>(
    _ elements: some Sequence<Element>,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    beginArray()
    for element in elements { body(&self, element) }
    endArray()
  }

  private mutating func integer(_ value: some BinaryInteger) {
    if let signed = Int64(exactly: value) {
      number(signed)
    } else {
      number(UInt64(clamping: value))
    }
  }
}
