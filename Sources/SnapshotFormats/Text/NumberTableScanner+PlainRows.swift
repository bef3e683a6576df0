internal import HeapModel

extension NumberTableScanner {
  /// Reads rows as long as they are in the plain form: digits and commas, the comma behind a row
  /// perhaps with a line end in front of it, all of it inside this piece.
  ///
  /// Stops in front of the first row that is not, having changed nothing for it, so that a row is
  /// read either whole here or whole in `readRow`. The lengths of numbers are not predictable, so
  /// little branches on them: the separators of some kilobytes are found first, 64 bytes at a
  /// time, and then a number is the eight bytes in front of its separator with what is not its own
  /// masked out.
  mutating func scanPlainRows(_ input: inout TextInput) {
    // With a constant count the loop over columns is unrolled, and each column predicts for itself
    // whether it has one digit.
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
    guard input.consumed >= PlainNumber.reach else { return }
    var rowByteEstimate = 8 * columnCount
    while rows.isFull == false, input.remaining >= 64 {
      let room = (ColumnBatch.maximumRowCount - rows.rowCount) * rowByteEstimate + 64
      let byteCount = min(input.remaining, room, SeparatorIndex.textByteLimit) / 64 * 64
      separators.fill(from: input.cursor, byteCount: byteCount)
      let (taken, rowCount) = readIndexedRows(input, columnCount: columnCount)
      guard rowCount > 0 else { return }
      input.cursor += taken
      rows.rowCount += rowCount
      rowByteEstimate = taken / rowCount + 1
    }
  }

  /// Reads the rows whose separators were found, and answers how many bytes and rows they were.
  @inline(__always)
  private func readIndexedRows(_ input: TextInput, columnCount: Int) -> (Int, Int) {
    let text = UnsafeRawPointer(input.cursor)
    let ends = separators.places
    let endCount = separators.count
    let places = rows.base + rows.rowCount
    let offsets = rowOffsets.base + rows.rowCount
    let room = ColumnBatch.maximumRowCount - rows.rowCount
    let firstOffset = input.offset
    var row = 0
    var next = 0
    var start = 0
    var rowStart = 0

    // One separator more than columns, for a line end.
    rows: while row < room, next &+ columnCount < endCount {
      for column in 0..<columnCount {
        let end = Int(ends[next])
        next &+= 1
        guard let value = PlainNumber.value(text, start, end) else { break rows }
        places[column &* ColumnBatchBuilder.stride &+ row] = value
        start = end &+ 1
        let separator = text.load(fromByteOffset: end, as: UInt8.self)
        if separator == UInt8(ascii: ",") { continue }
        // Only a line end with its comma may stand here, and only behind the row.
        guard column == columnCount &- 1, separator == UInt8(ascii: "\n"),
          Int(ends[next]) == start,
          text.load(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: ",")
        else { break rows }
        next &+= 1
        start &+= 1
      }
      offsets[row] = firstOffset &+ UInt64(rowStart)
      rowStart = start
      row &+= 1
    }
    return (rowStart, row)
  }
}

/// The places of all bytes of some text that are no digits.
///
/// A list beside the text instead of a mask that is used up as it goes: finding and using then have
/// no branches in common, and the list of eight kilobytes of text stays in the nearest cache.
final class SeparatorIndex {
  static let textByteLimit = 8_192

  let places: UnsafeMutablePointer<UInt16>
  private(set) var count = 0

  init() {
    // Eight are written at once, however many there are.
    places = .allocate(capacity: Self.textByteLimit + 8)
  }

  deinit {
    places.deallocate()
  }

  /// - Parameter byteCount: a multiple of 64, no more than `textByteLimit`
  func fill(from start: UnsafePointer<UInt8>, byteCount: Int) {
    precondition(byteCount % 64 == 0 && byteCount <= Self.textByteLimit)
    let text = UnsafeRawPointer(start)
    var place = places
    for block in stride(from: 0, to: byteCount, by: 64) {
      var mask = Self.nonDigits(in64Bytes: text + block)
      let next = place + mask.nonzeroBitCount
      repeat {
        for index in 0..<8 {
          place[index] = UInt16(truncatingIfNeeded: block &+ mask.trailingZeroBitCount)
          mask &= mask &- 1
        }
        place += 8
      } while mask != 0
      place = next
    }
    count = place - places
  }

  /// A bit for each byte that is no digit.
  @inline(__always)
  private static func nonDigits(in64Bytes text: UnsafeRawPointer) -> UInt64 {
    var mask: UInt64 = 0
    for word in 0..<8 {
      let bytes = UInt64(
        littleEndian: text.loadUnaligned(fromByteOffset: word &* 8, as: UInt64.self)
      )
      mask |= nonDigits(in8Bytes: bytes) &<< UInt64(word &* 8)
    }
    return mask
  }

  @inline(__always)
  private static func nonDigits(in8Bytes bytes: UInt64) -> UInt64 {
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
    if length == 1 {
      return Int64(text.load(fromByteOffset: start, as: UInt8.self) &- UInt8(ascii: "0"))
    }
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
