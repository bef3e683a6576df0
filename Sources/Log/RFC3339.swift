/// Points in time as people and JSON readers see them: RFC 3339, always UTC.
///
/// Pure arithmetic, no time zone data, no Foundation.
package enum RFC3339 {
  /// Writes `2026-03-01T12:30:00.250Z`.
  ///
  /// - Parameters:
  ///   - nanoseconds: since 1970-01-01 UTC, leap seconds not counted
  ///   - fractionDigits: 0 to 9; what is finer is cut off, never rounded up into the future
  package static func string(
    nanosecondsSince1970 nanoseconds: UInt64,
    fractionDigits: Int = 3
  ) -> String {
    precondition((0...9).contains(fractionDigits), "\(fractionDigits) digits of a second")
    let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let (days, secondOfDay) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let date = Date(daysSince1970: days)

    var text: [UInt8] = []
    text.reserveCapacity(32)
    text.append(date.year, digits: 4)
    text.append(UInt8(ascii: "-"))
    text.append(date.month, digits: 2)
    text.append(UInt8(ascii: "-"))
    text.append(date.day, digits: 2)
    text.append(UInt8(ascii: "T"))
    text.append(secondOfDay / 3600, digits: 2)
    text.append(UInt8(ascii: ":"))
    text.append(secondOfDay / 60 % 60, digits: 2)
    text.append(UInt8(ascii: ":"))
    text.append(secondOfDay % 60, digits: 2)
    if fractionDigits > 0 {
      text.append(UInt8(ascii: "."))
      let unit = (fractionDigits..<9).reduce(UInt64(1)) { unit, _ in unit * 10 }
      text.append(fraction / unit, digits: fractionDigits)
    }
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }

  /// A day of the Gregorian calendar.
  private struct Date {
    let year: UInt64
    let month: UInt64
    let day: UInt64

    /// Counts years from March, so that the leap day comes last, in eras of 400 years (Howard
    /// Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
    init(daysSince1970: UInt64) {
      let daysPerEra: UInt64 = 146_097
      let days = daysSince1970 + 719_468  // from 0000-03-01
      let dayOfEra = days % daysPerEra
      let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
      let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
      let monthFromMarch = (5 * dayOfYear + 2) / 153

      day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
      month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
      year = days / daysPerEra * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }
  }
}

extension [UInt8] {
  /// Appends a number with zeros in front.
  fileprivate mutating func append(_ number: UInt64, digits: Int) {
    var divisor = (1..<digits).reduce(UInt64(1)) { divisor, _ in divisor * 10 }
    while divisor > 0 {
      append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}
