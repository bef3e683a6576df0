/// Gathers the body of an HTTP reply from bytes cut anywhere, up to a limit.
struct HTTPBodyParser {
  private enum State {
    case counted(rest: UInt64)
    /// No length was said: the body ends with the connection.
    case untilEnd
    /// In the line that says a chunk's size, of which these are the digits.
    case chunkSize(digits: [UInt8], isExtension: Bool)
    case chunk(rest: UInt64)
    /// Between a chunk and the line of the next one.
    case chunkEnd
    /// Behind the last chunk, in a line of this length.
    case trailer(lineLength: Int)
    case complete
  }

  private let byteLimit: Int
  private var state: State
  private(set) var bytes: [UInt8] = []

  /// - Throws: `SocketError`, when the head contradicts itself or announces too much.
  init(head: HTTPHead, byteLimit: Int) throws(SocketError) {
    self.byteLimit = byteLimit
    let lengths = head.fields.filter { $0.name == "content-length" }
    let encodings = head.fields.filter { $0.name == "transfer-encoding" }
    guard lengths.count <= 1, encodings.count <= 1, lengths.isEmpty || encodings.isEmpty else {
      throw SocketError(.malformed, "an HTTP reply that states its length twice")
    }
    if let encoding = encodings.first {
      guard encoding.value.lowercased() == "chunked" else {
        throw SocketError(.malformed, "an HTTP reply in an encoding that was not asked for")
      }
      state = .chunkSize(digits: [], isExtension: false)
    } else if let length = lengths.first {
      guard let count = UInt64(length.value), length.value.utf8.first != UInt8(ascii: "+") else {
        throw SocketError(.malformed, "an HTTP reply whose length is no number")
      }
      state = count == 0 ? .complete : .counted(rest: count)
      try checkLimit(adding: count)
    } else {
      state = head.status == 204 || head.status == 304 ? .complete : .untilEnd
    }
  }

  var isComplete: Bool {
    if case .complete = state { true } else { false }
  }

  /// Whether the body is whole if the connection ends here.
  var mayEndHere: Bool {
    switch state {
    case .complete, .untilEnd: true
    default: false
    }
  }

  /// Takes the next bytes; what comes behind a complete body is left alone.
  mutating func consume(_ piece: UnsafeRawBufferPointer) throws(SocketError) {
    var position = 0
    while position < piece.count {
      switch state {
      case .complete:
        return
      case .untilEnd:
        try append(piece, from: position, count: piece.count - position)
        return
      case .counted(let rest):
        let count = Int(min(rest, UInt64(piece.count - position)))
        try append(piece, from: position, count: count)
        position += count
        state = rest == UInt64(count) ? .complete : .counted(rest: rest - UInt64(count))
      case .chunk(let rest):
        let count = Int(min(rest, UInt64(piece.count - position)))
        try append(piece, from: position, count: count)
        position += count
        state = rest == UInt64(count) ? .chunkEnd : .chunk(rest: rest - UInt64(count))
      case .chunkSize, .chunkEnd, .trailer:
        try receivedFraming(piece[position])
        position += 1
      }
    }
  }

  private mutating func receivedFraming(_ byte: UInt8) throws(SocketError) {
    let isEndOfLine = byte == UInt8(ascii: "\n")
    switch state {
    case .chunkSize(let digits, _) where isEndOfLine:
      guard let size = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) else {
        throw SocketError(.malformed, "an HTTP chunk whose size is no number")
      }
      try checkLimit(adding: size)
      state = size == 0 ? .trailer(lineLength: 0) : .chunk(rest: size)
    case .chunkSize(var digits, let isExtension):
      let ends = isExtension || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "\r")
      if ends == false { digits.append(byte) }
      guard digits.count <= 16 else {
        throw SocketError(.malformed, "an HTTP chunk whose size is no number")
      }
      state = .chunkSize(digits: digits, isExtension: ends)
    case .chunkEnd:
      if isEndOfLine { state = .chunkSize(digits: [], isExtension: false) }
    case .trailer(let length):
      if isEndOfLine {
        state = length == 0 ? .complete : .trailer(lineLength: 0)
      } else if byte != UInt8(ascii: "\r") {
        state = .trailer(lineLength: length + 1)
      }
    case .counted, .untilEnd, .chunk, .complete:
      preconditionFailure("no framing is expected: \(state)")
    }
  }

  private mutating func append(
    _ piece: UnsafeRawBufferPointer,
    from start: Int,
    count: Int
  ) throws(SocketError) {
    try checkLimit(adding: UInt64(count))
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece[start..<start + count]))
  }

  private func checkLimit(adding count: UInt64) throws(SocketError) {
    guard count <= UInt64(byteLimit - bytes.count) else {
      throw SocketError(.tooLarge, "an HTTP body of more than \(byteLimit) bytes")
    }
  }
}
