import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct SnapshotEngineReaderTests {
  private func record(
    _ engine: HeapEngine,
    _ bytes: [UInt8],
    pieceSize: Int
  ) throws -> RecordedSnapshot {
    let recorder = SnapshotRecorder()
    let reader = try SnapshotEngineReader(engine: engine, receiver: recorder)
    var rest = bytes[...]
    while rest.isEmpty == false {
      try Array(rest.prefix(pieceSize)).withUnsafeBytes { try reader.consume($0) }
      rest = rest.dropFirst(pieceSize)
    }
    try reader.finish()
    return recorder.snapshot
  }

  /// As it came out of Firefox's socket.
  @Test(.enabled(if: SharedMaterial.isPresent), arguments: [1_000, 4_096, 1 << 20])
  func `what Firefox packs is unpacked wherever it is cut`(pieceSize: Int) throws {
    let bytes = try #require(FirefoxMaterial.snapshotInTrace())
    let snapshot = try record(.spiderMonkey, bytes, pieceSize: pieceSize)
    #expect(snapshot.isEnded)
    expect(snapshot["nodes"]?.column(.edgeCount)?.count, equals: 4_421)
  }

  @Test(.enabled(if: SharedMaterial.isPresent))
  func `what is cut in the packing is told as such`() throws {
    let bytes = try #require(FirefoxMaterial.snapshotInTrace())
    #expect(throws: SnapshotError.self) {
      try record(.spiderMonkey, Array(bytes.dropLast(100)), pieceSize: 4_096)
    }
  }

  @Test func `text of the other engines comes as it is`() throws {
    let text = JSCSnapshotText().bytes
    #expect(try record(.javaScriptCore, text, pieceSize: 7).isEnded)
    #expect(throws: SnapshotError.self) { try record(.v8, Array("no".utf8), pieceSize: 1) }
  }
}
