/// Lengths of time as people write them: `250ms`, `60s`, `1.5m`, `1h30m`, `3d`.
///
/// A number without a unit is refused: half of the readers would take it for milliseconds.
package enum TimeSpan {
  private static let units: [(name: String, nanoseconds: Int)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
  ]

  /// The time, or nil if the text is none; at most 10,000 days.
  package static func parse(_ text: String) -> Duration? {
    var rest = text[...]
    let limit = 10_000 * 86_400_000_000_000
    var total = 0
    guard rest.isEmpty == false else { return nil }
    while rest.isEmpty == false {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard let number = Double(digits), let unit = units.first(where: { $0.name == name }) else {
        return nil
      }
      // Each part by itself, so that microseconds are exact beside days.
      let part = number * Double(unit.nanoseconds)
      guard part <= Double(limit) else { return nil }
      total += Int(part.rounded())
      guard total <= limit else { return nil }
    }
    return .nanoseconds(Int64(total))
  }

  /// The shortest text that is read as this time: `1m30s`, `250ms`.
  package static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    var rest = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    var text = ""
    for unit in units where rest >= unit.nanoseconds {
      text += "\(rest / unit.nanoseconds)\(unit.name)"
      rest %= unit.nanoseconds
    }
    return text.isEmpty ? "0s" : text
  }
}
