/// Writes numbers and texts into few bytes: seven bits of a number per byte, small differences as
/// small numbers.
struct PackedWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func append(_ text: String) {
    var copy = text
    copy.withUTF8 { utf8 in
      append(UInt64(utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }

  /// A column of numbers, each as its difference from the one before.
  ///
  /// Any numbers may be written; near ones take a byte each.
  mutating func appendDifferences(_ column: some Sequence<UInt64>) {
    var previous: UInt64 = 0
    for value in column {
      let difference = Int64(bitPattern: value &- previous)
      append(UInt64(bitPattern: difference << 1 ^ difference >> 63))
      previous = value
    }
  }

  mutating func append(_ values: [UInt64]) {
    append(UInt64(values.count))
    appendDifferences(values)
  }

  mutating func append(_ texts: [String]) {
    append(UInt64(texts.count))
    for text in texts { append(text) }
  }
}

/// Reads what a `PackedWriter` wrote.
///
/// Bytes that it did not write are an error and never a trap.
struct PackedReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Whether everything was read: what a newer version writes behind is not there in older rows.
  var isAtEnd: Bool { position == bytes.count }

  mutating func number() throws(StoreError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Self.damaged
  }

  /// A count of things that take at least a byte each, so that it bounds what is reserved.
  mutating func count() throws(StoreError) -> Int {
    let count = try number()
    guard count <= UInt64(bytes.count - position) else { throw Self.damaged }
    return Int(count)
  }

  mutating func text() throws(StoreError) -> String {
    let count = try count()
    defer { position += count }
    return String(decoding: bytes[position..<position + count], as: UTF8.self)
  }

  mutating func differences(_ count: Int) throws(StoreError) -> [UInt64] {
    var column: [UInt64] = []
    column.reserveCapacity(min(count, bytes.count - position))
    var previous: UInt64 = 0
    for _ in 0..<count {
      let folded = try number()
      previous &+= folded >> 1 ^ (0 &- (folded & 1))
      column.append(previous)
    }
    return column
  }

  mutating func numbers() throws(StoreError) -> [UInt64] {
    try differences(try count())
  }

  mutating func texts() throws(StoreError) -> [String] {
    let count = try count()
    var texts: [String] = []
    texts.reserveCapacity(count)
    for _ in 0..<count { texts.append(try text()) }
    return texts
  }

  private static let damaged = StoreError(.damaged, "packed values end early or have no end")
}
