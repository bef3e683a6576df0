extension JSONValue {
  package struct Limits: Hashable, Sendable {
    /// Bytes of the text.
    package var bytes: Int
    /// Values of every kind, the containers included.
    package var values: Int
    package var depth: Int

    package init(bytes: Int = 1 << 20, values: Int = 100_000, depth: Int = 64) {
      self.bytes = bytes
      self.values = values
      self.depth = depth
    }
  }

  /// Reads a whole JSON text.
  package init(parsing text: RawSpan, limits: Limits = Limits()) throws {
    guard text.byteCount <= limits.bytes else {
      let message = "a JSON text of \(text.byteCount) bytes, more than \(limits.bytes)"
      throw JSONError(.tooLarge, message, byteOffset: limits.bytes)
    }
    var tokenizer = JSONTokenizer(
      limits: JSONTokenizer.Limits(
        depth: limits.depth,
        keyBytes: limits.bytes,
        stringBytes: limits.bytes
      )
    )
    var builder = JSONValueBuilder(valueLimit: limits.values)
    do {
      try tokenizer.consume(text, into: &builder)
      try tokenizer.finish(into: &builder)
    } catch is JSONValueBuilder.TooManyValues {
      let message = "more than \(limits.values) values in a JSON text"
      throw JSONError(.tooLarge, message, byteOffset: tokenizer.byteOffset)
    }
    self = builder.value
  }

  package init(parsing text: [UInt8], limits: Limits = Limits()) throws {
    try self.init(parsing: text.span.bytes, limits: limits)
  }

  package init(parsing text: String, limits: Limits = Limits()) throws {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }
}

/// Builds a value from its tokens; usable by any handler that wants one part of a text as a value.
///
/// Forward tokens from the beginning of the value on, until `isComplete`.
package struct JSONValueBuilder: JSONTokenHandler, Sendable {
  package struct TooManyValues: Error {
    package init() {}
  }

  /// A container that is still open, with the key that waits for its value.
  ///
  /// Elements and members stand here and not yet in a value, so that each is appended in place.
  private struct Open {
    let isObject: Bool
    var elements: [JSONValue] = []
    var members: [JSONValue.Member] = []
    var key: JSONString?

    var value: JSONValue { isObject ? .object(members) : .array(elements) }

    mutating func place(_ finished: JSONValue) {
      if isObject {
        members.append(JSONValue.Member(key: key ?? "", value: finished))
        key = nil
      } else {
        elements.append(finished)
      }
    }
  }

  private let valueLimit: Int
  private var valueCount = 0
  private var containers: [Open] = []
  private var text: [UInt8] = []
  /// The value, once it is complete; null before.
  package private(set) var value = JSONValue.null
  package private(set) var isComplete = false

  package init(valueLimit: Int) {
    self.valueLimit = valueLimit
  }

  package mutating func beganObject() throws {
    try countValue()
    containers.append(Open(isObject: true))
  }

  package mutating func endedObject() throws {
    place(containers.removeLast().value)
  }

  package mutating func beganArray() throws -> JSONArrayTreatment {
    try countValue()
    containers.append(Open(isObject: false))
    return .tokens
  }

  package mutating func endedArray() throws {
    place(containers.removeLast().value)
  }

  package mutating func receivedKey(_ key: RawSpan) throws {
    containers[containers.count - 1].key = JSONString(bytes: Array(copying: key))
  }

  package mutating func receivedString(_ part: RawSpan, isLast: Bool) throws {
    text.append(copying: part)
    guard isLast else { return }
    try countValue()
    place(.string(JSONString(bytes: text)))
    text = []
  }

  package mutating func receivedNumber(_ number: JSONNumber) throws {
    try countValue()
    place(.number(number))
  }

  package mutating func receivedBool(_ value: Bool) throws {
    try countValue()
    place(.bool(value))
  }

  package mutating func receivedNull() throws {
    try countValue()
    place(.null)
  }

  private mutating func countValue() throws {
    valueCount += 1
    guard valueCount <= valueLimit else { throw TooManyValues() }
  }

  private mutating func place(_ finished: JSONValue) {
    guard let last = containers.indices.last else {
      value = finished
      isComplete = true
      return
    }
    containers[last].place(finished)
  }
}
