import JSONStream
import TestSupport
import Testing

@Suite struct JSONNumberTests {
  private func number(_ text: String) throws -> JSONNumber {
    try Array(text.utf8).withUnsafeBytes { bytes in try JSONNumber(bytes, at: 0) }
  }

  @Test(
    arguments: [
      ("0", 0), ("7", 7), ("-7", -7), ("9007199254740993", 9_007_199_254_740_993),
      ("9223372036854775807", .max), ("-9223372036854775808", .min),
    ] as [(String, Int64)]
  )
  func `integers are exact up to 64 bits`(_ text: String, value: Int64) throws {
    try expect(number(text), equals: .integer(value))
  }

  @Test(arguments: [
    ("-0", -0.0), ("0.0", 0), ("1e3", 1000), ("1.5", 1.5), ("9223372036854775808", 0x1p63),
    ("18446744073709551615", 0x1p64), ("18446744073709551616", 0x1p64),
    ("-9223372036854775809", -0x1p63), ("100000000000000000000", 1e20),
    ("1.7976931348623157e308", .greatestFiniteMagnitude), ("5e-324", .leastNonzeroMagnitude),
    ("1e-400", 0), ("0e99999999999999999999", 0), ("0.1", 0.1), ("1e23", 1e23),
    ("0.000000000000000000000000000001", 1e-30),
    ("123456789012345678901234567890", 1.2345678901234568e29),
    ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown),
    ("00.5".replacing("00", with: "0"), 0.5),
  ])
  func `everything else is the nearest double`(_ text: String, value: Double) throws {
    let result = try number(text)

    expect(result, equals: .double(value))
    expect(result.double.sign, equals: value.sign)
  }

  @Test(arguments: ["1e400", "-1e400", "1e999999999999999999999", "2e308"])
  func `beyond a double is an error`(_ text: String) {
    let error = #expect(throws: JSONError.self) { try number(text) }
    expect(error?.code, equals: .tooLarge)
  }

  @Test(arguments: [
    "", "-", "+1", "01", "-01", "1.", ".1", "1e", "1e-", "1e1.5", "1 ", "0x1", "1e5e",
  ])
  func `what is no number is refused`(_ text: String) {
    let error = #expect(throws: JSONError.self) { try number(text) }
    expect(error?.code, equals: .malformed)
  }

  @Test func `whole numbers are integers however they are written`() throws {
    try expect(number("3").integer, equals: 3)
    try expect(number("3.0").integer, equals: 3)
    try expect(number("3e2").integer, equals: 300)
    try expect(number("-0").integer, equals: 0)
    #expect(try number("0.5").integer == nil)
    #expect(try number("1e300").integer == nil)
    #expect(try number("9223372036854775808").integer == nil)
  }

  @Test func `doubles read back as the standard library reads them`() throws {
    var random = SeededGenerator(seed: 7)

    for _ in 0..<20_000 {
      let digits =
        UInt64.random(in: 0...(.max), using: &random) >> UInt64.random(in: 0...60, using: &random)
      let point = Int.random(in: 0...20, using: &random)
      let text = "\(digits).\(point)e\(Int.random(in: -60...60, using: &random))"
      try expect(number(text).double, equals: Double(text), "\(text)")
    }
  }
}
