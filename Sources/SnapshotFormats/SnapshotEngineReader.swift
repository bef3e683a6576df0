internal import Compression
package import HeapModel

/// Reads a snapshot as a live engine sends it, in pieces cut anywhere: text of V8 and JavaScriptCore,
/// SpiderMonkey's messages packed with gzip.
package final class SnapshotEngineReader: SnapshotByteReader {
  private let reader: any SnapshotByteReader
  private var content: ContentDecoder
  private var byteOffset: UInt64 = 0

  package init(
    engine: HeapEngine,
    limits: SnapshotReadingLimits = SnapshotReadingLimits(),
    receiver: any SnapshotRecordReceiver
  ) throws(SnapshotError) {
    reader =
      switch engine {
      case .v8, .javaScriptCore:
        try SnapshotTextReader(engine: engine, limits: limits, receiver: receiver)
      case .spiderMonkey:
        SpiderMonkeySnapshotReader(limits: limits, receiver: receiver)
      }
    content = ContentDecoder(outputLimit: Int(clamping: limits.byteCount))
  }

  package func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    do {
      try content.decode(bytes.bytes) { unpacked in
        try unpacked.withUnsafeBytes { try reader.consume($0) }
      }
    } catch {
      throw SnapshotError(reading: error, atFileByte: byteOffset)
    }
    byteOffset += UInt64(bytes.count)
  }

  package func finish() throws(SnapshotError) {
    do {
      try content.finish { unpacked in
        try unpacked.withUnsafeBytes { try reader.consume($0) }
      }
    } catch {
      throw SnapshotError(reading: error, atFileByte: byteOffset)
    }
    try reader.finish()
  }
}
