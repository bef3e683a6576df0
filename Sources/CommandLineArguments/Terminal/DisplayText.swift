/// Text as a terminal shows it.
package enum DisplayText {
  /// How many columns the text takes, if it holds no control characters.
  package static func width(_ text: String) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + width($1) }
  }

  /// The text without what could steer a terminal: names come from processes we do not trust.
  package static func safe(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var safe = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      safe.append(isControl(scalar) ? "\u{FFFD}" : scalar)
    }
    return String(safe)
  }

  /// The beginning of the text in at most so many columns, with `…` where something is missing.
  package static func beginning(_ text: String, width limit: Int) -> String {
    guard width(text) > limit else { return text }
    return prefix(of: text, width: max(limit - 1, 0)) + (limit > 0 ? "…" : "")
  }

  /// The end of the text in at most so many columns: for paths, whose end says more.
  package static func end(_ text: String, width limit: Int) -> String {
    guard width(text) > limit else { return text }
    let reversed = prefix(of: String(text.reversed()), width: max(limit - 1, 0))
    return (limit > 0 ? "…" : "") + String(reversed.reversed())
  }

  private static func prefix(of text: String, width limit: Int) -> String {
    var taken = ""
    var columns = 0
    for character in text {
      columns += width(character)
      guard columns <= limit else { break }
      taken.append(character)
    }
    return taken
  }

  private static func width(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    return isWide(scalar) ? 2 : 1
  }

  /// The blocks of Unicode that terminals show two columns wide (UAX 11, roughly).
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      true
    default:
      false
    }
  }

  /// Control characters, and those that turn the direction of writing.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
