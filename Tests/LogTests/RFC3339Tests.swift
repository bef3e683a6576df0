import Log
import TestSupport
import Testing

@Suite struct RFC3339Tests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (951_782_399, "2000-02-28T23:59:59.000Z"),
      (951_782_400, "2000-02-29T00:00:00.000Z"),
      (951_868_800, "2000-03-01T00:00:00.000Z"),
      (1_709_164_800, "2024-02-29T00:00:00.000Z"),
      (1_767_225_599, "2025-12-31T23:59:59.000Z"),
      (1_767_225_600, "2026-01-01T00:00:00.000Z"),
      (4_107_542_400, "2100-03-01T00:00:00.000Z"),
      (18_446_744_073, "2554-07-21T23:34:33.000Z"),
    ] as [(UInt64, String)]
  )
  func `seconds become dates`(_ seconds: UInt64, text: String) {
    expect(RFC3339.string(nanosecondsSince1970: seconds * 1_000_000_000), equals: text)
  }

  @Test func `fractions are cut off and not rounded`() {
    let time: UInt64 = 1_767_225_599_999_999_999

    expect(RFC3339.string(nanosecondsSince1970: time), equals: "2025-12-31T23:59:59.999Z")
    expect(
      RFC3339.string(nanosecondsSince1970: time, fractionDigits: 0),
      equals: "2025-12-31T23:59:59Z"
    )
    expect(
      RFC3339.string(nanosecondsSince1970: 1_000_020_003, fractionDigits: 9),
      equals: "1970-01-01T00:00:01.000020003Z"
    )
    expect(
      RFC3339.string(nanosecondsSince1970: .max, fractionDigits: 6),
      equals: "2554-07-21T23:34:33.709551Z"
    )
  }

  @Test func `every day of four centuries follows the one before`() {
    // The slow way: counting days, by the rule for leap years.
    var (year, month, day) = (1970, 1, 1)

    for count in 0..<UInt64(146_097) {
      let text = RFC3339.string(
        nanosecondsSince1970: count * 86_400_000_000_000,
        fractionDigits: 0
      )
      let numbers = text.prefix(10).split(separator: "-").compactMap { Int($0) }
      guard numbers == [year, month, day] else {
        Issue.record("day \(count): \(text), not \(year)-\(month)-\(day)")
        return
      }
      let isLeap =
        year.isMultiple(of: 4) && (year.isMultiple(of: 100) == false || year.isMultiple(of: 400))
      let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      day += 1
      if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
    }
    expect(year, equals: 2370)
  }
}
