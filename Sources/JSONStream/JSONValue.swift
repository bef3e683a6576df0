/// A small JSON text as a value, for messages that are read in any order.
///
/// Every value is a heap cell or two, 30 to 100 bytes for a byte of text in the worst case: that is
/// why `Limits` counts values as well as bytes. Large input goes through `JSONTokenizer`.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(JSONString)
  case array([JSONValue])
  /// The members in the order of the text, duplicates included.
  case object([Member])

  package struct Member: Hashable, Sendable {
    package var key: JSONString
    package var value: JSONValue

    package init(key: JSONString, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }
}

/// A string of a JSON text: WTF-8 bytes, since JavaScript's strings may hold lone surrogates.
package struct JSONString: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  package var bytes: [UInt8]

  package init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  package init(_ text: String) {
    bytes = Array(text.utf8)
  }

  package init(stringLiteral text: String) {
    self.init(text)
  }

  /// The text, lone surrogates replaced by U+FFFD.
  package var description: String {
    String(decoding: bytes, as: UTF8.self)
  }
}

extension JSONValue {
  package var isNull: Bool {
    self == .null
  }

  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The number as an integer, if it is a whole one that is known exactly (`3` and `3.0` are).
  package var int: Int64? {
    if case .number(let number) = self { number.integer } else { nil }
  }

  package var double: Double? {
    if case .number(let number) = self { number.double } else { nil }
  }

  /// The string's text, lone surrogates replaced by U+FFFD.
  package var string: String? {
    if case .string(let string) = self { string.description } else { nil }
  }

  package var array: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  package var object: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// The member of an object: of several with one key the last, as in JavaScript.
  ///
  /// Looks at every member.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key.bytes.elementsEqual(key.utf8) }?.value
  }

  /// The element of an array, or nil if there are not as many.
  package subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }
}
