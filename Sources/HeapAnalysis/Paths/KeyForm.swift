/// What of a property's name is the same for all that an object is used as a dictionary for.
///
/// Each name says for itself whether it is a key, so a place keeps its form when more keys come:
/// `user-7` is `user-[number]` beside none and beside thousands, a path or an address of mail is
/// `[key]`. A word is taken for a field, since `cache` and `users` must stay apart.
struct KeyForm {
  /// What is written where nothing of a name says what it is for.
  static let anyKey = "[key]"

  /// The name itself where it may be a field's.
  let text: String

  init(_ name: String) {
    text = Self.form(name)
  }

  private static func form(_ name: String) -> String {
    guard !engineMarks.contains(where: name.hasPrefix) else { return name }
    guard !name.utf8.contains(where: separators.contains) else { return anyKey }
    let lasting = LastingName(name).text
    let stem = lasting.utf8.reversed().drop(while: isDigit).reversed().count
    let bytes = Array(lasting.utf8)
    let digits = bytes[..<stem].split(whereSeparator: { !isDigit($0) })
    guard let inner = digits.first else {
      return stem < bytes.count && stem > 0 ? text(bytes[..<stem]) + "[number]" : lasting
    }
    // `utf8Decoder` is a word; `3f2a9c1b`, `7-cart` and `cart-7-open` are none.
    let isWithinWord =
      inner.startIndex > 0 && isLetter(bytes[inner.startIndex - 1])
      && isLetter(bytes[inner.endIndex])
    return digits.count == 1 && stem == bytes.count && isWithinWord ? lasting : anyKey
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }

  /// What engines write before names that are not a program's texts.
  private static let engineMarks = ["<", "get ", "set ", "**"]

  /// Of hosts, addresses of mail, paths and keys that are put together.
  private static let separators = Array("./@:\\".utf8)

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte >= 0x80
  }
}
