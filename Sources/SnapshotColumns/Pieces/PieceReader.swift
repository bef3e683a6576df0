internal import HeapModel

/// Reads numbers and texts of a block or a piece of one, little-endian, trusting no length.
struct PieceReader {
  private let bytes: UnsafeRawBufferPointer
  private let block: UInt32
  /// Where `bytes` begin in the block.
  private let start: Int
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer, block: UInt32, start: Int = 0) {
    self.bytes = bytes
    self.block = block
    self.start = start
  }

  var isEmpty: Bool { position == bytes.count }
  var remaining: Int { bytes.count - position }

  mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type = Number.self
  ) throws(SnapshotError) -> Number {
    let bytes = try take(Number.bitWidth / 8)
    return bytes.reversed().reduce(0) { $0 << 8 | Number($1) }
  }

  /// The next bytes; valid as long as the block.
  mutating func take(_ count: Int) throws(SnapshotError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= remaining else {
      throw malformed("a piece ends \(count - remaining) bytes too early")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  mutating func text() throws(SnapshotError) -> String {
    String(decoding: try take(Int(try number(UInt32.self))), as: UTF8.self)
  }

  /// The next piece, of `count` bytes.
  mutating func piece(_ count: Int) throws(SnapshotError) -> PieceReader {
    let place = start + position
    return PieceReader(try take(count), block: block, start: place)
  }

  /// - Throws: `malformed` if bytes are left.
  func expectEnd() throws(SnapshotError) {
    guard isEmpty else { throw malformed("a piece is \(remaining) bytes too long") }
  }

  /// An error that names the block and the place in it.
  func malformed(_ message: String) -> SnapshotError {
    SnapshotError(.malformed, "block \(block), byte \(start + position): \(message)")
  }

  func tooLarge(_ message: String) -> SnapshotError {
    SnapshotError(.tooLarge, "block \(block), byte \(start + position): \(message)")
  }
}
