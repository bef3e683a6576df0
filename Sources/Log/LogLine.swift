/// Composes one line of the log, no longer than a pipe takes in one piece.
struct LogLine {
  /// `PIPE_BUF` on Linux: a write of so many bytes to a pipe is never mixed with another's.
  static let byteLimit = 4096
  /// Text longer than this is cut, so that one value does not push the others out.
  private static let textLimit = 1024
  /// Kept free for the mark of a line that was cut, and its end.
  private static let reserve = 24

  private let format: LogFormat
  private(set) var bytes: [UInt8] = []
  private var isCut = false

  init(format: LogFormat) {
    self.format = format
    bytes.reserveCapacity(256)
    if format == .json { bytes.append(UInt8(ascii: "{")) }
  }

  /// Appends a key and its value, or leaves both out if the line would become too long.
  mutating func append(_ key: String, _ value: LoggedValue) {
    let before = bytes.count
    appendSeparator()
    switch format {
    case .logfmt:
      bytes.append(contentsOf: key.utf8)
      bytes.append(UInt8(ascii: "="))
    case .json:
      appendQuoted(key)
      bytes.append(UInt8(ascii: ":"))
    }
    append(value)
    if bytes.count > Self.byteLimit - Self.reserve {
      bytes.removeSubrange(before...)
      isCut = true
    }
  }

  /// The line with its end, and with `cut=true` if something was left out.
  consuming func finished() -> [UInt8] {
    if isCut {
      isCut = false
      append("cut", .bool(true))
    }
    if format == .json { bytes.append(UInt8(ascii: "}")) }
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private mutating func appendSeparator() {
    switch format {
    case .logfmt:
      if bytes.isEmpty == false { bytes.append(UInt8(ascii: " ")) }
    case .json:
      if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    }
  }

  private mutating func append(_ value: LoggedValue) {
    switch value {
    case .text(let text):
      if format == .logfmt, Self.isPlain(text) {
        bytes.append(contentsOf: text.utf8)
      } else {
        appendQuoted(text)
      }
    case .integer(let number): bytes.append(contentsOf: String(number).utf8)
    case .unsigned(let number): bytes.append(contentsOf: String(number).utf8)
    case .number(let number):
      // JSON has no infinity.
      let isText = format == .json && number.isFinite == false
      bytes.append(contentsOf: (isText ? "\"\(number)\"" : "\(number)").utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }
  }

  /// Whether logfmt needs no quotes for it.
  private static func isPlain(_ text: String) -> Bool {
    text.isEmpty == false && text.utf8.count <= textLimit
      && text.utf8.allSatisfy { byte in
        (0x21...0x7E).contains(byte)
          && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=") && byte != UInt8(ascii: "\\")
      }
  }

  /// The same in both formats, since what JSON escapes is what would break a line of logfmt.
  ///
  /// All control characters are escaped, so that text from outside cannot steer a terminal.
  private mutating func appendQuoted(_ text: String) {
    let end = bytes.count + Self.textLimit
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      guard bytes.count < end else {
        bytes.append(contentsOf: "…".utf8)
        break
      }
      appendEscaped(scalar)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func appendEscaped(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"", "\\":
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(UInt8(scalar.value))
    case "\n": bytes.append(contentsOf: "\\n".utf8)
    case "\t": bytes.append(contentsOf: "\\t".utf8)
    case "\r": bytes.append(contentsOf: "\\r".utf8)
    case "\0"..<" ", "\u{7F}"..."\u{9F}":
      let digits = String(scalar.value, radix: 16)
      bytes.append(
        contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
      )
    default:
      bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }
}
