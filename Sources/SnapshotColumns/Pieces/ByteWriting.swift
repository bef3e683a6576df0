internal import HeapModel

/// Numbers and texts of a piece, little-endian.
extension FlatArray<UInt8> {
  func append<Number: FixedWidthInteger>(number: Number) {
    var rest = number
    for _ in 0..<Number.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: rest))
      rest = rest >> 8
    }
  }

  func append(bytes: some Collection<UInt8>) {
    for byte in bytes { append(byte) }
  }

  func append(raw bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    UnsafeMutableRawPointer(grow(by: bytes.count))
      .copyMemory(from: start, byteCount: bytes.count)
  }

  /// A text with its length in front, in four bytes.
  func append(text: String) {
    append(number: UInt32(text.utf8.count))
    append(bytes: text.utf8)
  }

  /// Appends a piece, whose length is known once it is written.
  func appendPiece(_ kind: PieceKind, _ write: () -> Void) {
    append(tag: kind.rawValue, write)
  }

  /// Appends a number that says what follows, the length of that in four bytes, and it.
  func append(tag: UInt8, _ write: () -> Void) {
    append(tag)
    let place = count
    append(number: UInt32(0))
    write()
    let length = UInt32(count - place - 4)
    for byte in 0..<4 { self[place + byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) }
  }
}
