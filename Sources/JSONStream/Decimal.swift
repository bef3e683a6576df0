extension Array where Element == UInt8 {
  /// Appends an integer in decimal digits, without a `String` in between: a few nanoseconds each,
  /// for arrays of a hundred million.
  package mutating func appendDecimal(_ value: UInt64) {
    let length = Self.decimalLength(value)
    append(addingCapacity: length) { output in
      output.withUnsafeMutableBufferPointer { buffer, count in
        var rest = value
        for position in (count..<count + length).reversed() {
          buffer[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
          rest /= 10
        }
        count += length
      }
    }
  }

  /// Appends an integer in decimal digits, with a minus where it is negative.
  package mutating func appendDecimal(_ value: Int64) {
    if value < 0 {
      append(UInt8(ascii: "-"))
    }
    appendDecimal(value.magnitude)
  }

  package mutating func appendDecimal(_ value: Int) {
    appendDecimal(Int64(value))
  }

  private static func decimalLength(_ value: UInt64) -> Int {
    var (high, length) = (value, 0)
    while high >= 10_000 {
      high /= 10_000
      length += 4
    }
    return length + (high >= 1_000 ? 4 : high >= 100 ? 3 : high >= 10 ? 2 : 1)
  }

  /// Appends the shortest text that reads back as the same double: `1` for 1.0, `-0.0` for the
  /// negative zero, and null for what JSON has no number for.
  mutating func appendJSONNumber(_ value: Double) {
    guard value.isFinite else {
      append(contentsOf: "null".utf8)
      return
    }
    if let integer = value.exactInteger, value.sign == .plus || value != 0 {
      appendDecimal(integer)
    } else {
      append(contentsOf: value.description.utf8)
    }
  }
}
