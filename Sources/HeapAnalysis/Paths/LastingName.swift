/// A name of the program as it is in every run of it.
///
/// An object that is used as a dictionary has keys for names: `10.0.3.7:41234:` in an HTTP agent, a
/// session's UUID, a customer's number. They differ between processes while the leak is the same, so
/// of an address, a port, an id or a long number only its kind is left: `[address]:[number]:`.
/// Names of hosts stay, since which one it is says something.
struct LastingName {
  let text: String

  init(_ name: String) {
    guard name.utf8.contains(where: Self.isDigit) else {
      text = name
      return
    }
    var result: [UInt8] = []
    var rest = Array(name.utf8)[...]
    while let first = rest.first {
      let (length, kind) = Self.passing(rest, isFirst: result.isEmpty) ?? (0, "")
      if length > 0 {
        result += kind.utf8
      } else {
        result.append(first)
      }
      rest = rest.dropFirst(max(length, 1))
      // The rest of a word stays as it is.
      guard length == 0, Self.isWord(first) else { continue }
      let word = rest.prefix { Self.isWord($0) && !Self.isDigit($0) }
      result += word
      rest = rest.dropFirst(word.count)
    }
    text = String(decoding: result, as: UTF8.self)
  }

  /// How much of what starts here is another in the next run, and what to write for it.
  private static func passing(_ rest: ArraySlice<UInt8>, isFirst: Bool) -> (Int, String)? {
    if rest.first == colon, !isFirst {
      let digits = rest.dropFirst().prefix(while: isDigit)
      let next = rest.dropFirst(1 + digits.count).first
      return digits.isEmpty || next.map(isWord) == true ? nil : (1 + digits.count, ":[number]")
    }
    if let length = versionSixLength(rest) ?? versionFourLength(rest) {
      return (length, "[address]")
    }
    if let length = uuidLength(rest) { return (length, "[id]") }
    let word = rest.prefix(while: isWord)
    if isID(word) { return (word.count, "[id]") }
    let digits = rest.prefix(while: isDigit)
    // Fewer are part of a name: `sha256`, `iso8859`.
    return digits.count >= 5 ? (digits.count, "[number]") : nil
  }

  /// `10.0.3.7`.
  private static func versionFourLength(_ rest: ArraySlice<UInt8>) -> Int? {
    let address = rest.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
    let parts = address.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { 1...3 ~= $0.count } ? address.count : nil
  }

  /// `fd00::17:8080`: a port at its end cannot be told from the address.
  private static func versionSixLength(_ rest: ArraySlice<UInt8>) -> Int? {
    let address = rest.prefix { isHexadecimal($0) || $0 == colon }
    let groups = address.split(separator: colon, omittingEmptySubsequences: false)
    let written = groups.count { !$0.isEmpty }
    let isShortened = groups.dropFirst().dropLast().contains { $0.isEmpty } && written >= 2
    let startsWell = address.first != colon || address.dropFirst().first == colon
    let isAddress = (isShortened || written == 8) && startsWell
    return isAddress && groups.allSatisfy { $0.count <= 5 } ? address.count : nil
  }

  private static func uuidLength(_ rest: ArraySlice<UInt8>) -> Int? {
    let uuid = rest.prefix { isHexadecimal($0) || $0 == UInt8(ascii: "-") }
    let lengths = uuid.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
      .map(\.count)
    return lengths == [8, 4, 4, 4, 12] ? uuid.count : nil
  }

  /// A long word of hexadecimal digits, or a longer one with several digits among its letters.
  private static func isID(_ word: ArraySlice<UInt8>) -> Bool {
    let digitCount = word.count(where: isDigit)
    if word.count >= 12, digitCount > 0, word.allSatisfy(isHexadecimal) { return true }
    return word.count >= 16 && digitCount >= 4 && digitCount < word.count
  }

  private static let colon = UInt8(ascii: ":")

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte >= 0x80
  }
}
