/// Writes protobuf by hand, right or wrong.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func tag(_ field: Int, wireType: UInt64) {
    varint(UInt64(field) << 3 | wireType)
  }

  mutating func number(_ field: Int, _ value: UInt64) {
    tag(field, wireType: 0)
    varint(value)
  }

  mutating func fixed64(_ field: Int, _ value: UInt64) {
    tag(field, wireType: 1)
    raw(littleEndian(value))
  }

  mutating func delimited(_ field: Int, _ content: [UInt8]) {
    tag(field, wireType: 2)
    varint(UInt64(content.count))
    raw(content)
  }

  mutating func text(_ field: Int, _ content: String) {
    delimited(field, Array(content.utf8))
  }

  mutating func raw(_ content: [UInt8]) {
    bytes += content
  }
}

func littleEndian(_ value: UInt64) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}
