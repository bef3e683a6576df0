internal import JSONStream

/// Reads one message at a time from bytes cut anywhere, in bounded memory whatever its length.
///
/// The text of a heap snapshot is a JSON string inside a message: it is unescaped and handed on as
/// it comes. A sampling profile is read straight into a flat tree. A message that is enclosed in
/// another as a string is read as it comes as well, by a second reader. Everything else becomes a
/// small value, up to `payloadLimit` bytes; what is larger is dropped and the message marked.
struct MessageReader {
  /// Where a text that is streamed stands in a message of the protocol.
  struct TextPlace: Sendable {
    /// `params` or `result`.
    let container: StaticString
    let key: StaticString
    /// The event that carries it; nil if it is in a reply.
    let method: String?
  }

  struct Places: Sendable {
    let snapshotText: TextPlace
    /// Where a protocol encloses the messages of other heaps in its own, and in what was enclosed
    /// again; the outermost first.
    var enclosures: [TextPlace] = []

    /// The places in a message that was inside another.
    var inside: Places {
      Places(snapshotText: snapshotText, enclosures: Array(enclosures.dropFirst()))
    }
  }

  /// Bytes of keys, strings and numbers that a payload may have, and how many values.
  static let payloadLimit = 1 << 20
  static let valueLimit = 20_000

  /// What of the next message is to be streamed rather than gathered.
  struct Expectation: Sendable {
    var snapshotText = false
    /// The calls whose replies are sampling profiles, and from behind which ordinal samples count.
    var profiles: [Int64: Int64] = [:]
  }

  private let places: Places
  /// The message, what is enclosed in it, and so on.
  private var levels: [SingleMessageReader]
  private var expectation = Expectation()

  init(places: Places) {
    self.places = places
    levels = [SingleMessageReader(places: places, expecting: Expectation())]
  }

  mutating func begin(expecting expectation: Expectation) {
    self.expectation = expectation
    levels = [SingleMessageReader(places: places, expecting: expectation)]
  }

  /// Reads the next bytes.
  ///
  /// - Returns: snapshot text that was in them.
  mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var text = levels[0].consume(bytes)
    var level = 0
    while true {
      let enclosed = levels[level].takeEnclosure()
      guard enclosed.isEmpty == false else { return text }
      if levels.count == level + 1 { levels.append(levels[level].inside(expectation)) }
      level += 1
      text += enclosed.withUnsafeBytes { levels[level].consume($0) }
    }
  }

  /// The message is over.
  ///
  /// - Returns: the message, the one that was enclosed in it, and so on; none if it was empty, as
  ///   Node answers what it cannot write.
  mutating func end() throws(JSONError) -> [IncomingMessage] {
    var messages: [IncomingMessage] = []
    for level in levels.indices {
      guard let message = try levels[level].end() else { break }
      messages.append(message)
    }
    return messages
  }
}

/// Reads one message.
private struct SingleMessageReader {
  /// A sampled stack has at most 128 frames, each two levels.
  private static let depthLimit = 600

  private let places: MessageReader.Places
  private var tokenizer: JSONTokenizer
  private var handler: MessageHandler
  private var failure: JSONError?
  private var byteCount = 0

  init(places: MessageReader.Places, expecting expectation: MessageReader.Expectation) {
    self.places = places
    let limits = JSONTokenizer.Limits(depth: Self.depthLimit, keyBytes: 1 << 10, stringBytes: .max)
    tokenizer = JSONTokenizer(limits: limits)
    handler = MessageHandler(places: places, expecting: expectation)
  }

  /// A reader of what is enclosed here.
  func inside(_ expectation: MessageReader.Expectation) -> SingleMessageReader {
    SingleMessageReader(places: places.inside, expecting: expectation)
  }

  mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    byteCount += bytes.count
    guard failure == nil else { return [] }
    do {
      try tokenizer.consume(bytes, into: &handler)
    } catch {
      failure = Self.jsonError(error, at: tokenizer.byteOffset)
    }
    return handler.takeText()
  }

  mutating func takeEnclosure() -> [UInt8] {
    handler.takeEnclosure()
  }

  mutating func end() throws(JSONError) -> IncomingMessage? {
    guard byteCount > 0 else { return nil }
    if let failure { throw failure }
    do {
      try tokenizer.finish(into: &handler)
    } catch {
      throw Self.jsonError(error, at: tokenizer.byteOffset)
    }
    return handler.message
  }

  private static func jsonError(_ error: any Error, at offset: Int) -> JSONError {
    error as? JSONError ?? JSONError(.malformed, "\(error)", byteOffset: offset)
  }
}
