internal import HeapModel

/// Reads a JSON array of integers as rows of a table, straight into column batches.
///
/// Nearly all of a snapshot's text is such arrays, so whole rows in the engines' plain form are
/// read by `scanPlainRows`, without a state; everything else (cut points, white space, signs,
/// addresses in quotes, the array's end, errors) is read here, byte by byte.
///
/// Numbers are integers of the range of `Int64`. A fraction or an exponent is refused: no engine
/// writes one in a table. Zeros in front are let through.
struct NumberTableScanner {
  enum State {
    /// In front of the opening bracket.
    case start
    /// Behind `[`: a value or `]`.
    case first
    /// Behind a comma.
    case value
    case minus
    /// Inside a number.
    case digits
    /// Inside `"0x…"`, with how many bytes of it were read.
    case address(read: Int)
    /// Behind a value: a comma or `]`.
    case commaOrEnd
  }

  let fields: [SnapshotField]
  let rows: ColumnBatchBuilder
  /// Where each row of the batch began in the text.
  let rowOffsets: FlatArray<UInt64>
  /// Made when there are plain rows: tables of a few rows, and empty ones, have none.
  lazy var separators = SeparatorIndex()
  /// Columns may hold addresses in quotes.
  let hasAddresses: Bool

  var state = State.start
  /// The column of the next value.
  var column = 0
  private var magnitude: UInt64 = 0
  private var isNegative = false
  private let divisors: [(column: Int, divisor: ExactDivisor)]

  init(fields: [SnapshotField]) {
    self.fields = fields
    rows = ColumnBatchBuilder(columnCount: fields.count)
    rowOffsets = FlatArray(repeating: 0, count: ColumnBatch.maximumRowCount)
    hasAddresses = fields.contains { $0.form == .hexadecimalString }
    divisors = fields.indices.compactMap { index in
      guard fields[index].form == .scaledOrdinal, fields[index].scale > 1 else { return nil }
      return (index, ExactDivisor(UInt64(fields[index].scale)))
    }
  }

  /// Why `consume` returned.
  enum Event {
    /// The piece is used up.
    case exhausted
    /// The batch is full; take it, empty it, and go on.
    case batch
    /// The array ended; what is in the batch is its last rows.
    case ended
  }

  mutating func consume(_ input: inout TextInput) throws(SnapshotError) -> Event {
    while true {
      if rows.isFull { return try finishBatch(.batch) }
      if case .value = state, column == 0, hasAddresses == false {
        scanPlainRows(&input)
        if rows.isFull { return try finishBatch(.batch) }
      }
      if try readRow(&input) { return try finishBatch(.ended) }
      if input.isEmpty { return .exhausted }
    }
  }

  /// Reads byte by byte to the end of the row, the piece or the array; answers whether the array
  /// ended.
  private mutating func readRow(_ input: inout TextInput) throws(SnapshotError) -> Bool {
    while input.isEmpty == false {
      let byte = input.cursor.pointee
      switch state {
      case .digits:
        let digit = byte &- UInt8(ascii: "0")
        if digit <= 9 {
          try append(digit, input)
        } else {
          try endNumber(input)
          continue  // The byte is read again, as what stands behind a value.
        }
      case .minus:
        try beginDigits(byte, input)
      case .address(let read):
        try readAddress(byte, read: read, input)
      case .start, .first, .value, .commaOrEnd:
        if byte.isJSONWhiteSpace == false {
          if try readStructure(byte, input) {
            input.cursor += 1
            return true
          }
        }
      }
      input.cursor += 1
      if case .value = state, column == 0 { return false }
    }
    return false
  }

  /// Answers whether the array ended.
  private mutating func readStructure(
    _ byte: UInt8,
    _ input: TextInput
  ) throws(SnapshotError) -> Bool {
    switch (state, byte) {
    case (.start, UInt8(ascii: "[")):
      state = .first
    case (.first, UInt8(ascii: "]")):
      return true
    case (.commaOrEnd, UInt8(ascii: "]")):
      guard column == 0 else {
        throw input.malformed("the last row has \(column) of \(fields.count) values")
      }
      return true
    case (.commaOrEnd, UInt8(ascii: ",")):
      state = .value
    case (.first, _), (.value, _):
      try beginValue(byte, input)
    case (.start, _):
      throw input.malformed("expected '[', found \(byte.shown)")
    default:
      throw input.malformed("expected ',' or ']', found \(byte.shown)")
    }
    return false
  }

  private mutating func beginValue(_ byte: UInt8, _ input: TextInput) throws(SnapshotError) {
    if column == 0 { rowOffsets[rows.rowCount] = input.offset }
    isNegative = false
    magnitude = 0
    if fields[column].form == .hexadecimalString {
      guard byte == UInt8(ascii: "\"") else {
        throw input.malformed("expected an address in quotes, found \(byte.shown)")
      }
      state = .address(read: 0)
    } else if byte == UInt8(ascii: "-") {
      isNegative = true
      state = .minus
    } else {
      try beginDigits(byte, input)
    }
  }

  private mutating func beginDigits(_ byte: UInt8, _ input: TextInput) throws(SnapshotError) {
    let digit = byte &- UInt8(ascii: "0")
    guard digit <= 9 else {
      throw input.malformed("expected a whole number, found \(byte.shown)")
    }
    magnitude = UInt64(digit)
    state = .digits
  }

  private mutating func append(_ digit: UInt8, _ input: TextInput) throws(SnapshotError) {
    let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
    let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
    guard overflow == false, carry == false, sum <= UInt64(Int64.max) else {
      throw input.tooLarge("a number of more than 63 bits")
    }
    magnitude = sum
  }

  private mutating func endNumber(_ input: TextInput) throws(SnapshotError) {
    switch input.cursor.pointee {
    case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      throw input.malformed("expected a whole number, found a fraction")
    default:
      let value = Int64(magnitude)
      endValue(isNegative ? -value : value)
    }
  }

  /// Reads a byte behind the opening quote of `"0x7f…"`.
  private mutating func readAddress(
    _ byte: UInt8,
    read: Int,
    _ input: TextInput
  ) throws(SnapshotError) {
    switch (read, byte) {
    case (0, UInt8(ascii: "0")), (1, UInt8(ascii: "x")):
      break
    case (3...18, UInt8(ascii: "\"")):
      endValue(Int64(bitPattern: magnitude))
      return
    case (2...17, _):
      // Only the form that the engine writes, so that the same text can be written back.
      let isLeadingZero = read > 2 && magnitude == 0
      guard let digit = byte.hexadecimalDigit, (0x41...0x46).contains(byte) == false,
        isLeadingZero == false
      else {
        throw input.malformed("expected a digit of an address, found \(byte.shown)")
      }
      magnitude = magnitude << 4 | UInt64(digit)
    default:
      throw input.malformed("expected an address such as \"0x7f\", found \(byte.shown)")
    }
    state = .address(read: read + 1)
  }

  private mutating func endValue(_ value: Int64) {
    rows.column(column)[rows.rowCount] = value
    state = .commaOrEnd
    column += 1
    if column == fields.count {
      column = 0
      rows.rowCount += 1
    }
  }

  /// How many of the whole rows that wait begin in front of a place in the text.
  func rowCount(before offset: UInt64) -> Int {
    (0..<rows.rowCount).prefix { rowOffsets[$0] < offset }.count
  }

  private func finishBatch(_ event: Event) throws(SnapshotError) -> Event {
    try finishRows()
    return event
  }

  /// Turns scaled references of the batch into ordinals; changes nothing where one is none.
  func finishRows() throws(SnapshotError) {
    for (column, divisor) in divisors {
      let values = UnsafeMutableBufferPointer(start: rows.column(column), count: rows.rowCount)
      if let row = divisor.divide(values) {
        let field = fields[column]
        throw SnapshotError(
          .malformed,
          "\(field.name) \(values[row]) is no multiple of \(field.scale)",
          at: rowOffsets[row]
        )
      }
    }
  }
}

extension UInt8 {
  /// The value of a hexadecimal digit of either case.
  var hexadecimalDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
