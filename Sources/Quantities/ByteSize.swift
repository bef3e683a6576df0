/// Numbers of bytes as people write them: `128KB`, `1.5 MB`, `4GiB`, `1000`.
///
/// `KB` is 1,000 and `KiB` is 1,024, as everywhere in what Retinue prints; case does not matter.
package enum ByteSize {
  private static let units: [(name: String, factor: Int)] = [
    ("", 1), ("B", 1),
    ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
  ]

  /// The number of bytes, or nil if the text is none that fits.
  package static func parse(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let name = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    guard let unit = units.first(where: { $0.name.lowercased() == name }) else { return nil }
    if let whole = Int(digits) {
      let (bytes, overflow) = whole.multipliedReportingOverflow(by: unit.factor)
      return overflow ? nil : bytes
    }
    guard let number = Double(digits), unit.factor > 1 else { return nil }
    let bytes = number * Double(unit.factor)
    return bytes < 0x1p62 ? Int(bytes.rounded()) : nil
  }

  /// The shortest text that is read as this number: `128KB`, `4GiB`, `1001`.
  package static func text(_ bytes: Int) -> String {
    let exact = units.filter { bytes.isMultiple(of: $0.factor) && $0.name != "B" }
    let texts = exact.map { "\(bytes / $0.factor)\($0.name)" }
    // From the end, so that of two equally short ones the one with a unit is found.
    return texts.reversed().min { $0.utf8.count < $1.utf8.count } ?? "\(bytes)"
  }
}
