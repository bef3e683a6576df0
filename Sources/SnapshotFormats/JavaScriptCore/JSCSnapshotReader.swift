package import HeapModel

/// Reads JavaScriptCore's snapshot text, in pieces cut anywhere, and emits its records.
///
/// Versions 2 and 3, `Inspector` and `GCDebugging`. The text stands alone in a file, or as a string
/// inside a protocol's reply, which whoever reads the reply unescapes.
///
/// The receiver can rely on: every edge type is in its table, and every index of a name, as far
/// as the end has come, is one of the names. That edges refer to nodes which exist is not checked
/// here. Holds less than a megabyte whatever the text's size, unless a string is longer.
package final class JSCSnapshotReader: SnapshotByteReader {
  private let parser: SnapshotTextParser<JSCGrammar>

  package init(
    limits: SnapshotReadingLimits = SnapshotReadingLimits(),
    receiver: any SnapshotRecordReceiver
  ) {
    parser = SnapshotTextParser(JSCGrammar(limits: limits), limits: limits, receiver: receiver)
  }

  /// Reads the next piece of the text.
  ///
  /// - Throws: `SnapshotError` with the offset in the text, or what the receiver threw.
  package func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    try parser.consume(bytes)
  }

  /// The text is over.
  ///
  /// - Throws: `truncated` if the snapshot was not, `malformed` if a part of it is missing.
  package func finish() throws(SnapshotError) {
    try parser.finish()
  }
}
