/// Bytes in Protocol Buffers' wire form that lie in one piece, while they are being read.
///
/// Every read is bounded by the end of the piece and answers nil where that comes too early.
struct WireInput {
  /// What stands behind a field's number.
  enum Form: UInt64 {
    case varint = 0
    case eightBytes = 1
    case bytes = 2
    case fourBytes = 5
  }

  /// No varint is longer.
  static let varintByteLimit = 10

  private(set) var place: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>

  init(_ place: UnsafePointer<UInt8>, count: Int) {
    self.place = place
    end = place + count
  }

  var isEmpty: Bool { place == end }
  var count: Int { end - place }

  /// The bytes that are left.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: place, count: count) }

  /// Nil where the bytes end inside the number, or it does not end within ten.
  @inline(__always)
  mutating func varint() -> UInt64? {
    guard place < end else { return nil }
    let first = place.pointee
    if first < 0x80 {
      place += 1
      return UInt64(first)
    }
    return count >= 8 ? varintOfEightBytes() : longVarint()
  }

  /// Addresses take seven bytes: their groups of seven bits are joined in three steps.
  @inline(__always)
  private mutating func varintOfEightBytes() -> UInt64? {
    let word = UInt64(
      littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)
    )
    let ends = ~word & 0x8080_8080_8080_8080
    guard ends != 0 else { return longVarint() }
    let last = ends & (~ends &+ 1)
    var value = word & (last &- 1 | last) & 0x7F7F_7F7F_7F7F_7F7F
    value = value & 0x007F_007F_007F_007F | (value & 0x7F00_7F00_7F00_7F00) &>> 1
    value = value & 0x0000_3FFF_0000_3FFF | (value & 0x3FFF_0000_3FFF_0000) &>> 2
    value = value & 0x0000_0000_0FFF_FFFF | (value & 0x0FFF_FFFF_0000_0000) &>> 4
    place += (ends.trailingZeroBitCount &>> 3) &+ 1
    return value
  }

  private mutating func longVarint() -> UInt64? {
    var value: UInt64 = 0
    var next = place
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard next < end else { return nil }
      let byte = next.pointee
      next += 1
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 {
        place = next
        return value
      }
    }
    return nil
  }

  /// Takes a field's number and form, if it is this one byte.
  @inline(__always)
  mutating func take(tag: UInt8) -> Bool {
    guard place < end, place.pointee == tag else { return false }
    place += 1
    return true
  }

  /// Takes `count` bytes.
  @inline(__always)
  mutating func take(_ count: UInt64) -> WireInput? {
    guard count <= UInt64(self.count) else { return nil }
    let taken = WireInput(place, count: Int(count))
    place += Int(count)
    return taken
  }

  /// The next field of a message that is here whole: its number, and its value or its bytes.
  ///
  /// The value of a field of fixed width is not read, since this format has none.
  @inline(__always)
  mutating func field() -> (number: UInt64, value: UInt64, bytes: WireInput?)? {
    guard let tag = varint() else { return nil }
    switch Form(rawValue: tag & 7) {
    case .varint:
      guard let value = varint() else { return nil }
      return (tag &>> 3, value, nil)
    case .bytes:
      guard let length = varint(), let bytes = take(length) else { return nil }
      return (tag &>> 3, 0, bytes)
    case .eightBytes: return take(8).map { _ in (0, 0, nil) }
    case .fourBytes: return take(4).map { _ in (0, 0, nil) }
    case nil: return nil
    }
  }
}
