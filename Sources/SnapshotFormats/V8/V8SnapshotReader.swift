package import HeapModel

/// Reads V8's `.heapsnapshot` text, in pieces cut anywhere, and emits its records.
///
/// Driven by `meta` alone: Node 20 (seven fields, a line per row), Node 22 and 24, Deno, workerd,
/// Chromium (five location fields, scopes with negative numbers), and heap timelines. Sections it
/// does not know are kept as text, byte for byte.
///
/// The receiver can rely on: every type is in its table, every edge and location refers to a node
/// that exists, every name to a string, and the nodes' edge counts add up to the edges; what can
/// be known only at the end has been checked when `end` comes.
///
/// Holds less than a megabyte whatever the file's size, unless a string is longer.
package final class V8SnapshotReader: SnapshotByteReader {
  private let parser: SnapshotTextParser<V8Grammar>

  package init(
    limits: SnapshotReadingLimits = SnapshotReadingLimits(),
    receiver: any SnapshotRecordReceiver
  ) {
    parser = SnapshotTextParser(V8Grammar(limits: limits), limits: limits, receiver: receiver)
  }

  /// Reads the next piece of the text.
  ///
  /// - Throws: `SnapshotError` with the offset in the text, or what the receiver threw.
  package func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    try parser.consume(bytes)
  }

  /// The text is over.
  ///
  /// - Throws: `truncated` if the snapshot was not, `malformed` if its counts disagree.
  package func finish() throws(SnapshotError) {
    try parser.finish()
  }
}
