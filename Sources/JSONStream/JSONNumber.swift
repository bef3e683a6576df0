/// A number of a JSON text.
package enum JSONNumber: Hashable, Sendable {
  /// Written without fraction and exponent, and in the range of `Int64`. Exact.
  case integer(Int64)
  /// Everything else, rounded to the nearest double: `1.5`, `1e3`, `-0`, and integers of more than
  /// 63 bits, as JavaScript reads them.
  case double(Double)

  /// The value as a double; an integer beyond 2^53 is rounded.
  package var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value
    }
  }

  /// The value if it is a whole number that is known exactly: `3`, `3.0` and `3e2` are, `0.5` and
  /// `1e300` are not.
  package var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .double(let value): value.exactInteger
    }
  }
}

extension Double {
  /// The whole number this is, as long as doubles count one by one.
  ///
  /// `Int64(exactly:)` would need libm, which only a target that imports Glibc links.
  var exactInteger: Int64? {
    guard magnitude <= 0x1p53 else { return nil }
    let integer = Int64(self)
    return Double(integer) == self ? integer : nil
  }
}

extension JSONNumber {
  /// Reads a whole number token.
  ///
  /// - Parameters:
  ///   - text: the bytes of the token, nothing around them
  ///   - offset: where the token begins in the whole text, for the error
  /// - Throws: `malformed` if the token does not follow RFC 8259, `tooLarge` if it is beyond the
  ///   range of a double (`1e400`). What is too small for a double is zero.
  package init(_ text: UnsafeRawBufferPointer, at offset: Int) throws(JSONError) {
    var scan = NumberScan(text)
    guard scan.run() else {
      throw JSONError(.malformed, "not a number", byteOffset: offset + scan.position)
    }
    if scan.isIntegral, let value = scan.integer {
      self = .integer(value)
      return
    }
    let value = scan.exactDouble ?? Double(String(decoding: text, as: UTF8.self)) ?? .infinity
    guard value.isFinite else {
      throw JSONError(.tooLarge, "a number beyond the range of a double", byteOffset: offset)
    }
    self = .double(value)
  }
}

/// One pass over a number's text: checks the grammar and gathers up to 19 digits.
private struct NumberScan {
  private let text: UnsafeRawBufferPointer
  private(set) var position = 0
  private(set) var isIntegral = true
  private var isNegative = false
  /// The digits without the point, as long as they fit.
  private var mantissa: UInt64 = 0
  private var digitsTaken = 0
  /// Digits came that `mantissa` does not hold.
  private var isCut = false
  private var exponent = 0

  init(_ text: UnsafeRawBufferPointer) {
    self.text = text
  }

  /// Answers false where the text breaks the grammar, with `position` at that byte.
  mutating func run() -> Bool {
    isNegative = skip("-")
    if skip("0") == false {
      guard takeDigits() > 0 else { return false }
    }
    if skip(".") {
      isIntegral = false
      let count = takeDigits()
      guard count > 0 else { return false }
      exponent = -count
    }
    if skip("e") || skip("E") {
      isIntegral = false
      guard takeExponent() else { return false }
    }
    return position == text.count
  }

  /// The exact integer, except for `-0`, which no integer is.
  var integer: Int64? {
    guard isCut == false else { return nil }
    if isNegative {
      guard mantissa != 0, mantissa <= Int64.min.magnitude else { return nil }
      return Int64(truncatingIfNeeded: 0 &- mantissa)
    }
    return Int64(exactly: mantissa)
  }

  /// The nearest double where one multiplication or division of two exact doubles gives it
  /// (Clinger's fast path); nil where the standard library has to read the text.
  var exactDouble: Double? {
    guard isCut == false, mantissa <= 1 << 53, exponent.magnitude <= 22 else { return nil }
    var value = Double(mantissa)
    let power = Self.powersOfTen(exponent.magnitude)
    value = exponent < 0 ? value / power : value * power
    return isNegative ? -value : value
  }

  private static func powersOfTen(_ exponent: UInt) -> Double {
    var power = 1.0
    for _ in 0..<exponent {
      power *= 10  // exact up to 10^22
    }
    return power
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Takes as many digits as there are and answers how many.
  private mutating func takeDigits() -> Int {
    let start = position
    while position < text.count {
      let digit = text[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      if digitsTaken < 19 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        // Zeros in front of the first digit other than zero carry nothing.
        digitsTaken += mantissa == 0 ? 0 : 1
      } else {
        isCut = true
      }
      position += 1
    }
    return position - start
  }

  private mutating func takeExponent() -> Bool {
    let isDown = skip("-")
    if isDown == false { _ = skip("+") }
    let start = position
    var value = 0
    while position < text.count {
      let digit = text[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      value = min(value * 10 + Int(digit), 100_000)  // far beyond any double, far from overflow
      position += 1
    }
    exponent += isDown ? -value : value
    return position > start
  }
}
