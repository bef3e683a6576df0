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
    /// Where a protocol encloses the messages of other heaps in its own; nil where it does not.
    var enclosure: TextPlace?
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

  /// A message, and the one that was enclosed in it.
  struct Reading {
    var message: IncomingMessage
    var enclosed: IncomingMessage?
  }

  private let places: Places
  private var outer: SingleMessageReader
  private var inner: SingleMessageReader?
  private var expectation = Expectation()

  init(places: Places) {
    self.places = places
    outer = SingleMessageReader(places: places, expecting: Expectation())
  }

  mutating func begin(expecting expectation: Expectation) {
    self.expectation = expectation
    outer = SingleMessageReader(places: places, expecting: expectation)
    inner = nil
  }

  /// Reads the next bytes.
  ///
  /// - Returns: snapshot text that was in them.
  mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let text = outer.consume(bytes)
    let enclosed = outer.takeEnclosure()
    guard enclosed.isEmpty == false else { return text }
    if inner == nil {
      let plain = Places(snapshotText: places.snapshotText)
      inner = SingleMessageReader(places: plain, expecting: expectation)
    }
    let enclosedText = enclosed.withUnsafeBytes { inner?.consume($0) }
    return text + (enclosedText ?? [])
  }

  /// The message is over; nil if it was empty, as Node answers what it cannot write.
  mutating func end() throws(JSONError) -> Reading? {
    guard let message = try outer.end() else { return nil }
    return Reading(message: message, enclosed: try inner?.end())
  }
}

/// Reads one message.
private struct SingleMessageReader {
  /// A sampled stack has at most 128 frames, each two levels.
  private static let depthLimit = 600

  private var tokenizer: JSONTokenizer
  private var handler: MessageHandler
  private var failure: JSONError?
  private var byteCount = 0

  init(places: MessageReader.Places, expecting expectation: MessageReader.Expectation) {
    let limits = JSONTokenizer.Limits(depth: Self.depthLimit, keyBytes: 1 << 10, stringBytes: .max)
    tokenizer = JSONTokenizer(limits: limits)
    handler = MessageHandler(places: places, expecting: expectation)
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
