internal import HeapModel

extension NumberTableScanner {
  /// Reads rows as long as they are in the plain form: digits and commas, the comma behind a row
  /// perhaps with a line end in front of it, all of it inside this piece.
  ///
  /// Stops in front of the first row that is not, having changed nothing for it, so that a row is
  /// read either whole here or whole in `readRow`.
  ///
  /// The lengths of numbers are not predictable, so nothing branches on them: separators are found
  /// as a mask for 64 bytes at once, and a number is the eight bytes in front of its separator
  /// with what is not its own masked out.
  mutating func scanPlainRows(_ input: inout TextInput) {
    // With a constant count the loop over columns is unrolled.
    switch fields.count {
    case 3: scanPlainRows(&input, columnCount: 3)
    case 4: scanPlainRows(&input, columnCount: 4)
    case 6: scanPlainRows(&input, columnCount: 6)
    case 7: scanPlainRows(&input, columnCount: 7)
    default: scanPlainRows(&input, columnCount: fields.count)
    }
  }

  @inline(__always)
  private mutating func scanPlainRows(_ input: inout TextInput, columnCount: Int) {
    guard input.consumed >= PlainNumber.reach, var separators = Separators(input) else { return }
    let text = UnsafeRawPointer(input.cursor)
    let places = rows.base
    let offsets = rowOffsets.elements
    let firstOffset = input.offset
    var row = rows.rowCount
    var start = 0
    var rowStart = 0

    rows: while row < ColumnBatch.maximumRowCount {
      offsets[row] = firstOffset &+ UInt64(rowStart)
      for column in 0..<columnCount {
        guard let end = separators.next(),
          let value = PlainNumber.value(text, start, end)
        else { break rows }
        places[column &* ColumnBatchBuilder.stride &+ row] = value
        start = end &+ 1
        guard text.load(fromByteOffset: end, as: UInt8.self) != UInt8(ascii: ",") else { continue }
        // Only a line end with its comma may stand here, and only behind the row.
        guard column == columnCount &- 1,
          text.load(fromByteOffset: end, as: UInt8.self) == UInt8(ascii: "\n"),
          separators.next() == start,
          text.load(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: ",")
        else { break rows }
        start &+= 1
      }
      rowStart = start
      row &+= 1
    }
    rows.rowCount = row
    input.cursor += rowStart
  }
}

/// The places of all bytes that are no digits, found 64 bytes at a time.
private struct Separators {
  private let text: UnsafeRawPointer
  private let count: Int
  /// The 64 bytes that `mask` is about.
  private var block = 0
  /// A bit for each that is not yet answered.
  private var mask: UInt64

  init?(_ input: TextInput) {
    guard input.remaining >= 64 else { return nil }
    text = UnsafeRawPointer(input.cursor)
    count = input.remaining
    mask = Self.mask(text)
  }

  /// The next place, or nil where less than a whole block is left.
  @inline(__always)
  mutating func next() -> Int? {
    while mask == 0 {
      block &+= 64
      guard block &+ 64 <= count else { return nil }
      mask = Self.mask(text + block)
    }
    let place = block &+ mask.trailingZeroBitCount
    mask &= mask &- 1
    return place
  }

  @inline(__always)
  private static func mask(_ block: UnsafeRawPointer) -> UInt64 {
    var mask: UInt64 = 0
    for word in 0..<8 {
      let bytes = UInt64(
        littleEndian: block.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self)
      )
      mask |= nonDigits(bytes) &<< UInt64(word &* 8)
    }
    return mask
  }

  /// Eight bits, one for each byte that is no digit.
  @inline(__always)
  private static func nonDigits(_ bytes: UInt64) -> UInt64 {
    // A digit is 0 to 9 after this, and only what is more reaches the highest bit.
    let values = bytes ^ 0x3030_3030_3030_3030
    let marks = ((values & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676) | values
    // Every product of a mark with one factor bit lands on a bit of its own; the highest byte has
    // the eight that count.
    return ((marks & 0x8080_8080_8080_8080) &* 0x0002_0408_1020_4081) &>> 56
  }
}

private enum PlainNumber {
  /// Bytes in front of a number's first digit that are read, and masked out.
  static var reach: Int { 8 }

  /// The number of 1 to 16 digits between two places; nil where there are none or more.
  @inline(__always)
  static func value(_ text: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int64? {
    let length = end &- start
    if length > 8 { return longValue(text, length, end) }
    guard length > 0 else { return nil }
    return Int64(bitPattern: eightDigits(text, length, end))
  }

  @inline(never)
  private static func longValue(_ text: UnsafeRawPointer, _ length: Int, _ end: Int) -> Int64? {
    guard length <= 16 else { return nil }
    let high = eightDigits(text, length &- 8, end &- 8)
    return Int64(bitPattern: high &* 100_000_000 &+ eightDigits(text, 8, end))
  }

  /// The number of the `length` digits, 1 to 8, in front of `end`.
  @inline(__always)
  private static func eightDigits(_ text: UnsafeRawPointer, _ length: Int, _ end: Int) -> UInt64 {
    let bytes = UInt64(
      littleEndian: text.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self)
    )
    // The last digit is the highest byte; bytes below the first become zeros in front.
    let foreign = UInt64(64 &- length &* 8)
    let digits = ((bytes ^ 0x3030_3030_3030_3030) &>> foreign) &<< foreign
    // Neighbours become pairs, pairs become fours, fours become the eight.
    let pairs = digits &* 10 &+ digits &>> 8
    let even = (pairs & 0x0000_00FF_0000_00FF) &* (100 &+ 1_000_000 &<< 32)
    let odd = ((pairs &>> 16) & 0x0000_00FF_0000_00FF) &* (1 &+ 10_000 &<< 32)
    return (even &+ odd) &>> 32
  }
}
