/// A SHA-256 digest: the name of some bytes, by what they are.
package struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  package static let byteCount = 32

  /// The bytes, eight to a word, the first one highest, so that words compare as bytes do.
  ///
  /// Not a `SIMD4`: its alignment of 32 is more than the frames of asynchronous functions have
  /// (Swift 6.3.1), and what they keep of it then overwrites their neighbour.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// The digest that these bytes are, or nil if they are not 32.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    for byte in bytes {
      words.0 = words.0 << 8 | words.1 >> 56
      words.1 = words.1 << 8 | words.2 >> 56
      words.2 = words.2 << 8 | words.3 >> 56
      words.3 = words.3 << 8 | UInt64(byte)
    }
    self.words = words
  }

  /// The digest of this text of 64 hexadecimal digits, or nil if it is none.
  package init?(hexadecimal text: String) {
    guard let bytes = [UInt8](hexadecimal: text) else { return nil }
    self.init(bytes: bytes)
  }

  package var bytes: [UInt8] {
    withUnsafeBytes(
      of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    ) { Array($0) }
  }

  /// 64 lower-case hexadecimal digits.
  package var description: String {
    bytes.hexadecimal
  }

  package static func == (left: Digest, right: Digest) -> Bool {
    left.words == right.words
  }

  package static func < (left: Digest, right: Digest) -> Bool {
    left.words < right.words
  }

  package func hash(into hasher: inout Hasher) {
    // Any part of a digest is as random as the whole.
    hasher.combine(words.0)
  }
}

extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits for each byte.
  package var hexadecimal: String {
    var text: [UInt8] = []
    for byte in self {
      for digit in [byte >> 4, byte & 0xF] {
        text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Array where Element == UInt8 {
  /// The bytes of a text of hexadecimal digits, two for each, or nil if it is anything else.
  package init?(hexadecimal text: String) {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2) else { return nil }
    self = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      append(UInt8(high << 4 | low))
    }
  }
}
