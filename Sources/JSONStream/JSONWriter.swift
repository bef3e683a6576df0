/// Writes JSON text into bytes, with the commas where they belong.
///
/// For protocol requests, `--json` output and snapshots written back. It does not check that keys
/// and values alternate: that is the caller's code, not somebody's input. Long output is taken out
/// in pieces with `takeBytes`.
///
/// Also a token handler, so that any value can be handed from a tokenizer straight to the output;
/// the result is equal as JSON, and numbers are written in their shortest form.
package struct JSONWriter: Sendable {
  /// What was written and not yet taken.
  package private(set) var bytes: [UInt8] = []
  /// A value stands before the place of the next one.
  private var needsComma = false
  /// Between the parts of a string: what they need to know of each other.
  private var openString: JSONStringEscaper?

  package init() {}

  package init(reserving capacity: Int) {
    bytes.reserveCapacity(capacity)
  }

  /// Takes out what was written; the text goes on behind it.
  package mutating func takeBytes() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    return taken
  }

  /// What was written, as text; WTF-8 never stands in it, since lone surrogates are escaped.
  package var text: String {
    String(decoding: bytes, as: UTF8.self)
  }

  package mutating func beginObject() {
    open(UInt8(ascii: "{"))
  }

  package mutating func endObject() {
    close(UInt8(ascii: "}"))
  }

  package mutating func beginArray() {
    open(UInt8(ascii: "["))
  }

  package mutating func endArray() {
    close(UInt8(ascii: "]"))
  }

  package mutating func key(_ key: String) {
    string(key)
    endKey()
  }

  package mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  /// Writes a string of WTF-8 bytes; lone surrogates become `\ud800`.
  package mutating func string(wtf8 text: RawSpan) {
    text.withUnsafeBytes { string($0) }
  }

  /// Writes a string that comes in parts, which may be cut anywhere; the last part closes it.
  package mutating func stringPart(wtf8 part: RawSpan, isLast: Bool) {
    var escaper = openString ?? JSONStringEscaper()
    if openString == nil {
      separate()
      bytes.append(UInt8(ascii: "\""))
    }
    part.withUnsafeBytes { escaper.append($0, to: &bytes) }
    guard isLast else {
      openString = escaper
      return
    }
    escaper.finish(&bytes)
    bytes.append(UInt8(ascii: "\""))
    openString = nil
    needsComma = true
  }

  package mutating func number(_ value: Int64) {
    separate()
    bytes.appendDecimal(value)
    needsComma = true
  }

  package mutating func number(_ value: Int) {
    number(Int64(value))
  }

  package mutating func number(_ value: UInt64) {
    separate()
    bytes.appendDecimal(value)
    needsComma = true
  }

  /// Writes the shortest text that reads back as the same double; a whole number without a point.
  ///
  /// What is no number becomes null, as in JavaScript.
  package mutating func number(_ value: Double) {
    separate()
    bytes.appendJSONNumber(value)
    needsComma = true
  }

  package mutating func bool(_ value: Bool) {
    word(value ? "true" : "false")
  }

  package mutating func null() {
    word("null")
  }

  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .number(.integer(let value)): number(value)
    case .number(.double(let value)): number(value)
    case .string(let text): string(wtf8: text.bytes.span.bytes)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        string(wtf8: member.key.bytes.span.bytes)
        endKey()
        self.value(member.value)
      }
      endObject()
    }
  }

  /// Writes one value that is JSON text already.
  package mutating func raw(_ text: RawSpan) {
    separate()
    bytes.append(copying: text)
    needsComma = true
  }

  private mutating func string(_ wtf8: UnsafeRawBufferPointer) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var escaper = JSONStringEscaper()
    escaper.append(wtf8, to: &bytes)
    escaper.finish(&bytes)
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func endKey() {
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func word(_ word: StaticString) {
    separate()
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    )
    needsComma = true
  }
}

extension JSONWriter: JSONTokenHandler {
  package mutating func beganObject() {
    beginObject()
  }

  package mutating func endedObject() {
    endObject()
  }

  package mutating func beganArray() -> JSONArrayTreatment {
    beginArray()
    return .tokens
  }

  package mutating func endedArray() {
    endArray()
  }

  package mutating func receivedKey(_ key: RawSpan) {
    string(wtf8: key)
    endKey()
  }

  package mutating func receivedString(_ part: RawSpan, isLast: Bool) {
    stringPart(wtf8: part, isLast: isLast)
  }

  package mutating func receivedNumber(_ number: JSONNumber) {
    switch number {
    case .integer(let value): self.number(value)
    case .double(let value): self.number(value)
    }
  }

  package mutating func receivedBool(_ value: Bool) {
    bool(value)
  }

  package mutating func receivedNull() {
    null()
  }
}
