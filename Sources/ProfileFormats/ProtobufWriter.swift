/// Writes the few kinds of protobuf fields that a pprof profile has.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private enum WireType: UInt64 {
    case varint = 0
    case lengthDelimited = 2
  }

  /// Zero is not written: it is what a reader assumes.
  mutating func number(_ field: UInt64, _ value: Int64) {
    guard value != 0 else { return }
    tag(field, .varint)
    varint(UInt64(bitPattern: value))
  }

  mutating func number(_ field: UInt64, _ value: UInt64) {
    number(field, Int64(clamping: value))
  }

  mutating func packed(_ field: UInt64, _ values: [Int64]) {
    guard values.isEmpty == false else { return }
    var content = ProtobufWriter()
    for value in values { content.varint(UInt64(bitPattern: value)) }
    delimited(field, content.bytes)
  }

  mutating func string(_ field: UInt64, _ text: String) {
    delimited(field, Array(text.utf8))
  }

  mutating func message(_ field: UInt64, _ write: (inout ProtobufWriter) -> Void) {
    var content = ProtobufWriter()
    write(&content)
    delimited(field, content.bytes)
  }

  private mutating func delimited(_ field: UInt64, _ content: [UInt8]) {
    tag(field, .lengthDelimited)
    varint(UInt64(content.count))
    bytes += content
  }

  private mutating func tag(_ field: UInt64, _ type: WireType) {
    varint(field << 3 | type.rawValue)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
