/// The status line and the header fields of an HTTP reply.
package struct HTTPHead: Hashable, Sendable {
  package struct Field: Hashable, Sendable {
    /// In lower case.
    package var name: String
    package var value: String
  }

  package var status: Int
  package var fields: [Field]

  /// The value of a field, if it is there exactly once; fields that matter here are never lists.
  package subscript(name: String) -> String? {
    let found = fields.filter { $0.name == name }
    return found.count == 1 ? found[0].value : nil
  }
}

/// Gathers the head of an HTTP reply from bytes cut anywhere.
struct HTTPHeadParser {
  /// Real heads have 200 bytes.
  static let byteLimit = 16 << 10

  private var bytes: [UInt8] = []

  /// Takes bytes up to the empty line.
  ///
  /// - Returns: the head once it is complete, and how many of `piece` belong to it.
  mutating func consume(
    _ piece: UnsafeRawBufferPointer
  ) throws(SocketError) -> (head: HTTPHead?, taken: Int) {
    for (index, byte) in piece.enumerated() {
      bytes.append(byte)
      guard bytes.count <= Self.byteLimit else {
        throw SocketError(.tooLarge, "an HTTP head of more than \(Self.byteLimit) bytes")
      }
      if byte == UInt8(ascii: "\n"), endsWithEmptyLine {
        return (try parse(), index + 1)
      }
    }
    return (nil, piece.count)
  }

  /// Whether the last line is empty; a bare line feed ends a line too (RFC 9112, 2.2).
  private var endsWithEmptyLine: Bool {
    bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) || bytes.suffix(2).elementsEqual("\n\n".utf8)
  }

  private func parse() throws(SocketError) -> HTTPHead {
    let text = String(decoding: bytes, as: UTF8.self)
    // "\r\n" is one Character, so it is the scalars that are split.
    let lines = text.unicodeScalars.split(separator: "\n").map { line in
      String(Substring(line.last == "\r" ? line.dropLast() : line))
    }
    guard let first = lines.first, first.hasPrefix("HTTP/1.") else {
      throw SocketError(.malformed, "a reply that is not HTTP/1")
    }
    let words = first.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[1].utf8.count == 3, let status = Int(words[1]), status >= 100
    else { throw SocketError(.malformed, "an HTTP reply without a status") }
    var fields: [HTTPHead.Field] = []
    for line in lines.dropFirst() where line.isEmpty == false {
      fields.append(try field(line))
    }
    return HTTPHead(status: status, fields: fields)
  }

  private func field(_ line: String) throws(SocketError) -> HTTPHead.Field {
    guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), colon != line.startIndex else {
      throw SocketError(.malformed, "a line in an HTTP head that is no field")
    }
    let value = line[line.index(after: colon)...]
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let trimmed = value.drop(while: blank)
    let end = trimmed.lastIndex { blank($0) == false }
    return HTTPHead.Field(
      name: line[..<colon].lowercased(),
      value: end.map { String(trimmed[...$0]) } ?? ""
    )
  }
}
