package import HeapModel

/// Reads the text of a snapshot of whatever engine, told by its first member.
///
/// For files. Who talks to a runtime knows the engine, and can say it.
package final class SnapshotTextReader: SnapshotByteReader {
  private enum State {
    /// The text so far, in which the first key is not complete.
    case unknown([UInt8])
    case v8(V8SnapshotReader)
    case javaScriptCore(JSCSnapshotReader)
  }

  /// The first key stands in this many bytes, or the text is no snapshot.
  private static let beginningLimit = 512

  private let limits: SnapshotReadingLimits
  private let receiver: any SnapshotRecordReceiver
  private var state: State

  /// - Parameter engine: whose text it is, if that is known.
  /// - Throws: `unsupported` for an engine whose text we do not read.
  package init(
    engine: HeapEngine? = nil,
    limits: SnapshotReadingLimits = SnapshotReadingLimits(),
    receiver: any SnapshotRecordReceiver
  ) throws(SnapshotError) {
    self.limits = limits
    self.receiver = receiver
    state = .unknown([])
    if let engine { state = try reader(for: engine) }
  }

  /// Reads the next piece of the text, cut anywhere.
  ///
  /// - Throws: `unsupported` if it is no snapshot of an engine we know; else as the engine's reader.
  package func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    switch state {
    case .v8(let reader): try reader.consume(bytes)
    case .javaScriptCore(let reader): try reader.consume(bytes)
    case .unknown(let earlier):
      let beginning = earlier + bytes
      guard let key = try Self.firstKey(beginning) else {
        state = .unknown(beginning)
        return
      }
      state = try reader(forFirstKey: key)
      try beginning.lend(to: consume)
    }
  }

  /// The text is over.
  package func finish() throws(SnapshotError) {
    switch state {
    case .v8(let reader): try reader.finish()
    case .javaScriptCore(let reader): try reader.finish()
    case .unknown(let beginning):
      throw SnapshotError(
        .truncated,
        beginning.isEmpty ? "the snapshot is empty" : "the snapshot ends in its first line",
        at: UInt64(beginning.count)
      )
    }
  }

  private func reader(for engine: HeapEngine) throws(SnapshotError) -> State {
    switch engine {
    case .v8:
      .v8(V8SnapshotReader(limits: limits, receiver: receiver))
    case .javaScriptCore:
      .javaScriptCore(JSCSnapshotReader(limits: limits, receiver: receiver))
    case .spiderMonkey:
      throw SnapshotError(.unsupported, "snapshots of SpiderMonkey are not text")
    }
  }

  private func reader(forFirstKey key: [UInt8]) throws(SnapshotError) -> State {
    switch String(decoding: key, as: UTF8.self) {
    case "snapshot": try reader(for: .v8)
    case "version", "type": try reader(for: .javaScriptCore)
    case let other:
      throw SnapshotError(
        .unsupported,
        "neither a heap snapshot of V8 nor one of JavaScriptCore: it begins with '\(other)'",
        at: 0
      )
    }
  }

  /// The bytes between the first two quotes, or nil where they are still to come.
  private static func firstKey(_ text: [UInt8]) throws(SnapshotError) -> [UInt8]? {
    let rest = text.drop { $0.isJSONWhiteSpace }
    if let first = rest.first, first != UInt8(ascii: "{") {
      throw SnapshotError(.unsupported, "not a heap snapshot: it begins with \(first.shown)", at: 0)
    }
    let behindQuote = rest.drop { $0 != UInt8(ascii: "\"") }.dropFirst()
    let key = behindQuote.prefix { $0 != UInt8(ascii: "\"") }
    guard key.endIndex == text.endIndex else { return Array(key) }
    guard text.count <= beginningLimit else {
      throw SnapshotError(.unsupported, "not a heap snapshot: it has no members", at: 0)
    }
    return nil
  }
}
