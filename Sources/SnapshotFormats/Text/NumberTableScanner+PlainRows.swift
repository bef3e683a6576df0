internal import CDigits
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
    guard input.consumed >= PlainRow.reach else { return }
    guard input.remaining >= 64 else { return }
    let separators = self.separators
    var rowByteEstimate = 8 * columnCount
    while rows.isFull == false, input.remaining >= 64 {
      let room = (ColumnBatch.maximumRowCount - rows.rowCount) * rowByteEstimate + 64
      let byteCount = min(input.remaining, room, SeparatorIndex.textByteLimit) / 64 * 64
      separators.fill(from: input.cursor, byteCount: byteCount)
      let (taken, rowCount) = readIndexedRows(
        input,
        separators,
        columnCount: columnCount
      )
      guard rowCount > 0 else { return }
      input.cursor += taken
      rows.rowCount += rowCount
      rowByteEstimate = taken / rowCount + 1
    }
  }

  /// Reads the rows whose separators were found, and answers how many bytes and rows they were.
  @inline(__always)
  private func readIndexedRows(
    _ input: TextInput,
    _ separators: SeparatorIndex,
    columnCount: Int
  ) -> (Int, Int) {
    let text = UnsafeRawPointer(input.cursor)
    let ends = UnsafePointer(separators.places)
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
    while row < room, next &+ columnCount < endCount {
      let isRow = readRow(
        PlainRow(text: text, ends: ends + next, start: start),
        columnCount,
        into: places + row
      )
      guard isRow else { break }
      next &+= columnCount
      start = Int(ends[next &- 1]) &+ 1
      let separator = text.load(fromByteOffset: start &- 1, as: UInt8.self)
      if separator != UInt8(ascii: ",") {
        // Only a line end with its comma may stand here.
        guard separator == UInt8(ascii: "\n"), Int(ends[next]) == start,
          text.load(fromByteOffset: start, as: UInt8.self) == UInt8(ascii: ",")
        else { break }
        next &+= 1
        start &+= 1
      }
      offsets[row] = firstOffset &+ UInt64(rowStart)
      rowStart = start
      row &+= 1
    }
    return (rowStart, row)
  }

  /// Reads the numbers of one row; answers whether they are plain, and what is between them.
  ///
  /// The first column is most often a type, of one digit; the others go two by two.
  @inline(__always)
  private func readRow(
    _ row: PlainRow,
    _ columnCount: Int,
    into place: UnsafeMutablePointer<Int64>
  ) -> Bool {
    guard columnCount > 0, let first = row.number(0) else { return false }
    place[0] = first
    var column = 1
    while column &+ 1 < columnCount {
      guard row.isComma(column &- 1), row.isComma(column),
        let (first, second) = row.twoNumbers(column)
      else { return false }
      place[column &* ColumnBatchBuilder.stride] = first
      place[(column &+ 1) &* ColumnBatchBuilder.stride] = second
      column &+= 2
    }
    if column < columnCount {
      guard row.isComma(column &- 1), let last = row.number(column) else { return false }
      place[column &* ColumnBatchBuilder.stride] = last
    }
    return true
  }
}

/// A row of numbers in a text, with the places where they end.
private struct PlainRow {
  /// Bytes in front of a number's first digit that are read, and masked out.
  static var reach: Int { 8 }

  let text: UnsafeRawPointer
  let ends: UnsafePointer<UInt16>
  /// Where the first number starts.
  let start: Int

  @inline(__always)
  func isComma(_ column: Int) -> Bool {
    text.load(fromByteOffset: Int(ends[column]), as: UInt8.self) == UInt8(ascii: ",")
  }

  @inline(__always)
  private func length(_ column: Int) -> Int {
    let start = column == 0 ? start : Int(ends[column &- 1]) &+ 1
    return Int(ends[column]) &- start
  }

  /// The number of 1 to 16 digits in a column; nil where there are none or more.
  @inline(__always)
  func number(_ column: Int) -> Int64? {
    let length = length(column)
    let end = text + Int(ends[column])
    if length == 1 { return Self.digit(before: end) }
    if length > 8 { return Self.longNumber(length, before: end) }
    guard length > 0 else { return nil }
    return Int64(bitPattern: retinue_number(end, UInt64(length)))
  }

  /// The numbers in two columns that are neighbours.
  @inline(__always)
  func twoNumbers(_ column: Int) -> (Int64, Int64)? {
    let (first, second) = (length(column), length(column &+ 1))
    let (firstEnd, secondEnd) = (text + Int(ends[column]), text + Int(ends[column &+ 1]))
    if first | second == 1, first == second {
      return (Self.digit(before: firstEnd), Self.digit(before: secondEnd))
    }
    guard first &- 1 < 8, second &- 1 < 8, first > 0, second > 0 else {
      guard let first = number(column), let second = number(column &+ 1) else { return nil }
      return (first, second)
    }
    let both = retinue_two_numbers(firstEnd, UInt64(first), secondEnd, UInt64(second))
    return (Int64(both & 0xFFFF_FFFF), Int64(both &>> 32))
  }

  @inline(__always)
  private static func digit(before end: UnsafeRawPointer) -> Int64 {
    Int64((end - 1).load(as: UInt8.self) &- UInt8(ascii: "0"))
  }

  @inline(never)
  private static func longNumber(_ length: Int, before end: UnsafeRawPointer) -> Int64? {
    guard length <= 16 else { return nil }
    let halves = retinue_two_numbers(end - 8, UInt64(length &- 8), end, 8)
    return Int64(bitPattern: (halves & 0xFFFF_FFFF) &* 100_000_000 &+ halves &>> 32)
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
    let (bitNumbers, bitCounts) = (MaskBits.all.numbers, MaskBits.all.counts)
    var place = places
    var block = 0
    while block < byteCount {
      // Eight bits of the mask at a time, and no branch on how many are set.
      var mask = retinue_non_digits(start + block)
      for word in 0..<8 {
        let byte = Int(truncatingIfNeeded: mask & 0xFF)
        let base = UInt16(truncatingIfNeeded: block &+ word &* 8)
        retinue_write_places(place, bitNumbers[byte], base)
        place += Int(bitCounts[byte])
        mask &>>= 8
      }
      block &+= 64
    }
    count = place - places
  }
}

/// What the bits of each byte of a mask are: computed once, since a snapshot has many tables, and
/// small ones are read faster than this is filled.
private struct MaskBits: @unchecked Sendable {
  // Sendable because nothing is written behind `init`.
  static let all = MaskBits()

  /// The numbers of the bits that are set, one a byte, the lowest first.
  let numbers: UnsafePointer<UInt64>
  /// How many bits are set.
  let counts: UnsafePointer<UInt8>

  private init() {
    let numbers = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
    let counts = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    for byte in 0..<256 {
      let bits = (0..<8).filter { byte >> $0 & 1 == 1 }
      numbers[byte] = bits.reversed().reduce(0) { $0 << 8 | UInt64($1) }
      counts[byte] = UInt8(bits.count)
    }
    self.numbers = UnsafePointer(numbers)
    self.counts = UnsafePointer(counts)
  }
}
