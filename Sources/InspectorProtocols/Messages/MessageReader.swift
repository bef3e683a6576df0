internal import JSONStream

/// Reads one message at a time from bytes cut anywhere, in bounded memory whatever its length.
///
/// The text of a heap snapshot is a JSON string inside a message: it is unescaped and handed on as
/// it comes. A sampling profile is read straight into a flat tree. Everything else becomes a small
/// value, up to `payloadLimit` bytes; what is larger is dropped and the message marked.
struct MessageReader {
  /// Where the snapshot's text stands in a message of the protocol.
  struct TextPlace: Sendable {
    /// `params` or `result`.
    let container: StaticString
    let key: StaticString
    /// The event that carries it; nil if it is in a reply.
    let method: String?
  }

  /// Bytes of keys, strings and numbers that a payload may have, and how many values.
  static let payloadLimit = 1 << 20
  static let valueLimit = 20_000
  /// A sampled stack has at most 128 frames, each two levels.
  private static let depthLimit = 600

  /// What of the next message is to be streamed rather than gathered.
  struct Expectation: Sendable {
    var snapshotText = false
    /// The call whose reply is a sampling profile, and from behind which ordinal samples count.
    var profile: (call: Int64, after: Int64)?
  }

  private let place: TextPlace
  private var tokenizer = JSONTokenizer()
  private var handler: MessageHandler
  private var failure: JSONError?
  private var byteCount = 0

  init(textIn place: TextPlace) {
    self.place = place
    handler = MessageHandler(place: place, expecting: Expectation())
  }

  mutating func begin(expecting expectation: Expectation) {
    let limits = JSONTokenizer.Limits(depth: Self.depthLimit, keyBytes: 1 << 10, stringBytes: .max)
    tokenizer = JSONTokenizer(limits: limits)
    handler = MessageHandler(place: place, expecting: expectation)
    failure = nil
    byteCount = 0
  }

  /// Reads the next bytes.
  ///
  /// - Returns: snapshot text that was in them.
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

  /// The message is over; nil if it was empty, as Node answers what it cannot write.
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
