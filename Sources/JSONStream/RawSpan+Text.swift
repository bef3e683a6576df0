extension RawSpan {
  /// Whether the bytes are exactly this ASCII text; how handlers recognise a key without a copy.
  package func isEqual(to text: StaticString) -> Bool {
    guard byteCount == text.utf8CodeUnitCount else { return false }
    return withUnsafeBytes { bytes in
      let other = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
      return bytes.elementsEqual(other)
    }
  }
}

extension Array where Element == UInt8 {
  /// A copy of the bytes, to keep them.
  package init(copying bytes: RawSpan) {
    self = bytes.withUnsafeBytes { Array($0) }
  }

  package mutating func append(copying bytes: RawSpan) {
    bytes.withUnsafeBytes { append(contentsOf: $0) }
  }
}

extension String {
  /// The text of WTF-8 bytes; lone surrogates become U+FFFD, since a `String` cannot hold them.
  package init(repairing bytes: RawSpan) {
    self = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
