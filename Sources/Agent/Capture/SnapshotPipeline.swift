internal import Cryptography
internal import HeapModel
internal import SnapshotColumns
internal import SnapshotFormats

/// Turns what an engine sends into blocks of columns while it comes.
///
/// Holds no object of the heap: `SnapshotColumnsEncoder` says what it takes.
final class SnapshotPipeline {
  enum Piece: Sendable {
    /// The snapshot begins, in this format of its engine.
    case begin(format: String)
    case block(SpooledBlock)
  }

  private let emit: (Piece) -> Void
  private var reader: SnapshotEngineReader?
  private var encoder: SnapshotColumnsEncoder?
  private var tap: RecordTap?
  private var offset: UInt64 = 0
  private var blockCount: UInt32 = 0
  private var digests: [[UInt8]] = []

  /// - Parameter emit: called with each piece in order, from `consume` and `finish`.
  init(engine: HeapEngine, emit: @escaping (Piece) -> Void) throws(SnapshotError) {
    self.emit = emit
    let encoder = try SnapshotColumnsEncoder { [unowned self] block throws(SnapshotError) in
      take(block)
    }
    self.encoder = encoder
    let tap = RecordTap(passingTo: encoder) { format in emit(.begin(format: format)) }
    self.tap = tap
    reader = try SnapshotEngineReader(engine: engine, receiver: tap)
  }

  /// The next piece of the text, cut anywhere.
  func consume(_ text: [UInt8]) throws(SnapshotError) {
    let result = text.withUnsafeBytes { bytes in
      Result { () throws(SnapshotError) in try reader?.consume(bytes) }
    }
    try result.get()
  }

  /// What is known of the whole when the text is over.
  struct Totals: Sendable, Hashable {
    var blockCount: UInt32
    var rawSize: UInt64
    /// Over the blocks' own digests, in order.
    var digest: [UInt8]
    var nodeCount: UInt64
    var edgeCount: UInt64
  }

  /// - Parameter collections: what the engine's text leaves out and its inspector has shown
  func finish(with collections: [CollectionPreview] = []) throws(SnapshotError) -> Totals {
    tap?.collections = collections
    try reader?.finish()
    return Totals(
      blockCount: blockCount,
      rawSize: offset,
      digest: UploadDigest.digest(of: digests),
      nodeCount: encoder?.nodeCount ?? 0,
      edgeCount: encoder?.edgeCount ?? 0
    )
  }

  private func take(_ block: EncodedBlock) {
    let digest = block.digest.bytes
    let spooled = SpooledBlock(
      index: block.index,
      offset: offset,
      rawSize: UInt32(clamping: block.rawByteCount),
      kind: block.kind,
      digest: digest,
      payload: block.bytes
    )
    digests.append(digest)
    offset += UInt64(spooled.rawSize)
    blockCount += 1
    emit(.block(spooled))
  }
}

/// Passes records on, notes the format when the header comes by, which is before any block, and puts
/// behind the engine's sections what the session knows besides.
private final class RecordTap: SnapshotRecordReceiver {
  var collections: [CollectionPreview] = []
  private let receiver: any SnapshotRecordReceiver
  private let noteFormat: (String) -> Void

  init(passingTo receiver: any SnapshotRecordReceiver, noteFormat: @escaping (String) -> Void) {
    self.receiver = receiver
    self.noteFormat = noteFormat
  }

  func header(_ header: SnapshotHeader) throws(SnapshotError) {
    noteFormat(header.format)
    try receiver.header(header)
  }

  func section(_ section: SnapshotSection) throws(SnapshotError) { try receiver.section(section) }

  func rows(_ batch: ColumnBatch) throws(SnapshotError) { try receiver.rows(batch) }

  func strings(_ batch: StringBatch) throws(SnapshotError) { try receiver.strings(batch) }

  func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) { try receiver.raw(bytes) }

  func end() throws(SnapshotError) {
    try receiver.collections(collections)
    try receiver.end()
  }
}
