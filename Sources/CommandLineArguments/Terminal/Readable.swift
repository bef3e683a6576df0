/// Numbers as people like to read them: three digits that matter, and a unit.
package enum Readable {
  /// `999 B`, `1.2 kB`, `12.3 MB`, `123 GB`; units of 1,000, as in Chrome DevTools.
  package static func bytes(_ bytes: Int) -> String {
    let sign = bytes < 0 ? "-" : ""
    let magnitude = Double(bytes.magnitude)
    guard magnitude >= 1_000 else { return "\(bytes) B" }
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
    var value = magnitude / 1_000
    var unit = 0
    // What would be shown as 1000 belongs to the next unit.
    while value >= 999.5, unit + 1 < units.count {
      value /= 1_000
      unit += 1
    }
    return sign + threeDigits(value) + " " + units[unit]
  }

  /// The same with a sign in any case: `+1.2 MB`, `-3 B`, `0 B`.
  package static func change(ofBytes bytes: Int) -> String {
    (bytes > 0 ? "+" : "") + self.bytes(bytes)
  }

  /// A count: `1,234,567`.
  package static func count(_ count: Int) -> String {
    let digits = String(count.magnitude)
    var text = count < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// The same with a sign in any case: `+1,234`.
  package static func change(ofCount count: Int) -> String {
    (count > 0 ? "+" : "") + self.count(count)
  }

  /// A share of one: `12.3 %`.
  package static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "– %" }
    return oneDigit(share * 100) + " %"
  }

  /// A time: `340 ms`, `1.2 s`, `5 min 3 s`, `2 h 5 min`, `3 d 4 h`.
  package static func duration(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return "-" + self.duration(.zero - duration) }
    guard seconds >= 60 else {
      let value = Double(seconds) + Double(attoseconds) / 1e18
      if value >= 0.9995 { return oneDigit(value) + " s" }
      if value >= 0.000_999_5 { return threeDigits(value * 1e3) + " ms" }
      return value == 0 ? "0 ms" : threeDigits(value * 1e6) + " µs"
    }
    let (minutes, hours, days) = (seconds / 60 % 60, seconds / 3600 % 24, seconds / 86_400)
    switch (days, hours) {
    case (0, 0): return pair(minutes, "min", seconds % 60, "s")
    case (0, _): return pair(hours, "h", minutes, "min")
    default: return pair(days, "d", hours, "h")
    }
  }

  private static func pair(
    _ large: Int64,
    _ largeUnit: String,
    _ small: Int64,
    _ smallUnit: String
  ) -> String {
    small == 0 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
  }

  /// A value below 1,000: `1.2`, `12.3`, `123`.
  private static func threeDigits(_ value: Double) -> String {
    value >= 99.95 ? count(Int((value + 0.5))) : oneDigit(value)
  }

  /// One digit behind the point, rounded half up.
  private static func oneDigit(_ value: Double) -> String {
    guard value.magnitude < 1e15 else { return "\(value)" }
    let tenths = Int(value.magnitude * 10 + 0.5)
    return "\(value < 0 && tenths > 0 ? "-" : "")\(count(tenths / 10)).\(tenths % 10)"
  }
}
