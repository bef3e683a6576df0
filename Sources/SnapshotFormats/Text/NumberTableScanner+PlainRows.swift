internal import HeapModel

extension NumberTableScanner {
  /// Digits that surely fit into 63 bits.
  private static var plainDigitLimit: Int { 18 }

  /// Reads rows as long as they are in the plain form: digits and commas, the comma behind a row
  /// perhaps with a line end in front of it, all of it inside this piece.
  ///
  /// Stops in front of the first row that is not, having changed nothing for it, so that a row is
  /// read either whole here or whole in `readRow`.
  mutating func scanPlainRows(_ input: inout TextInput) {
    let columnCount = fields.count
    let rowByteLimit = columnCount * (Self.plainDigitLimit + 2) + 1
    var cursor = input.cursor
    var row = rows.rowCount
    let base = rows.base
    let offsets = rowOffsets.elements

    while row < ColumnBatch.maximumRowCount, input.end - cursor >= rowByteLimit {
      guard let next = Self.scanPlainRow(cursor, into: base + row, columnCount) else { break }
      offsets[row] = input.offset(of: cursor)
      cursor = next
      row &+= 1
    }
    rows.rowCount = row
    input.cursor = cursor
  }

  /// Answers the place behind the row's comma, or nil if the row is not in the plain form.
  @inline(__always)
  private static func scanPlainRow(
    _ start: UnsafePointer<UInt8>,
    into place: UnsafeMutablePointer<Int64>,
    _ columnCount: Int
  ) -> UnsafePointer<UInt8>? {
    var cursor = start
    var place = place
    for remaining in stride(from: columnCount &- 1, through: 0, by: -1) {
      var digit = cursor.pointee &- 0x30
      guard digit <= 9 else { return nil }
      var value = UInt64(digit)
      cursor += 1
      let last = cursor + (plainDigitLimit &- 1)
      while true {
        digit = cursor.pointee &- 0x30
        if digit > 9 { break }
        if cursor == last { return nil }
        value = value &* 10 &+ UInt64(digit)
        cursor += 1
      }
      if cursor.pointee == 0x0A, remaining == 0 { cursor += 1 }
      guard cursor.pointee == 0x2C else { return nil }
      cursor += 1
      place.pointee = Int64(bitPattern: value)
      place += ColumnBatch.maximumRowCount
    }
    return cursor
  }
}
