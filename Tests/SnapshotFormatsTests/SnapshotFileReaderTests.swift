import Compression
import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct SnapshotFileReaderTests {
  enum Packing: CaseIterable {
    case plain
    case gzip
    case zstd
  }

  @Test(arguments: Packing.allCases)
  func `a file is read however it is packed`(packing: Packing) throws {
    for text in [smallHeap(.node20).bytes, smallHeap("Inspector").bytes] {
      let file = try ScratchFile(pack(text, packing))
      let recorder = SnapshotRecorder()
      var progress: [SnapshotFileReader.Progress] = []
      try SnapshotFileReader(path: file.path).read(into: recorder) { progress.append($0) }

      expect(recorder.snapshot, equals: (try record(text)))
      expect(progress.last?.bytesRead, equals: progress.last?.byteCount)
    }
  }

  @Test func `a file that is not there is told from one that is bad`() throws {
    let missing = SnapshotFileReader(path: "/nonexistent/file")
    #expect(
      throws: SnapshotError(
        .unreadable,
        "cannot read /nonexistent/file: No such file or directory"
      )
    ) { try missing.read(into: SnapshotRecorder()) }
    #expect(throws: SnapshotError(.unreadable, "cannot read /: Is a directory")) {
      try SnapshotFileReader(path: "/").read(into: SnapshotRecorder())
    }
  }

  @Test(arguments: [
    ([], SnapshotError.Code.truncated, "the snapshot is empty"),
    (Array("{\"sna".utf8), .truncated, "the snapshot ends in its first line"),
    (Array("hello, world".utf8), .unsupported, "not a heap snapshot: it begins with 'h'"),
    (
      Array("{\"nodes\":[]}".utf8), .unsupported,
      "neither a heap snapshot of V8 nor one of JavaScriptCore: it begins with 'nodes'"
    ),
    (
      Array(("{" + String(repeating: " ", count: 600)).utf8), .unsupported,
      "not a heap snapshot: it has no members"
    ),
    (
      [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .malformed,
      "gzip: invalid block type (near byte 0 of the file)"
    ),
  ])
  func `what is no snapshot is refused`(
    _ bytes: [UInt8],
    _ code: SnapshotError.Code,
    _ message: String
  ) throws {
    let file = try ScratchFile(bytes)
    do {
      try SnapshotFileReader(path: file.path).read(into: SnapshotRecorder())
      Issue.record("\(message) was not thrown")
    } catch {
      expect(error.code, equals: code)
      expect(error.message, equals: message)
    }
  }

  @Test func `packed content cut short is truncated`() throws {
    for packing in [Packing.gzip, .zstd] {
      let packed = try pack(smallHeap(.node24).bytes, packing)
      let file = try ScratchFile(Array(packed.dropLast(5)))
      do {
        try SnapshotFileReader(path: file.path).read(into: SnapshotRecorder())
        Issue.record("nothing was thrown")
      } catch {
        expect(error.code, equals: .truncated)
      }
    }
  }

  @Test func `a bomb is stopped at the limit`() throws {
    let file = try ScratchFile(pack(Array(repeating: 0x20, count: 3_000_000), .zstd))
    let limits = SnapshotReadingLimits(byteCount: 1_000_000)
    do {
      try SnapshotFileReader(path: file.path, limits: limits).read(into: SnapshotRecorder())
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.code == .tooLarge || error.code == .unsupported)
    }
  }

  @Test func `another form is asked first`() throws {
    let form = SnapshotForm(recognises: { $0.starts(with: "MAGIC".utf8) }) { receiver in
      MagicReader(receiver)
    }
    let file = try ScratchFile(Array("MAGIC".utf8))
    let recorder = SnapshotRecorder()
    try SnapshotFileReader(path: file.path, otherForms: [form]).read(into: recorder)
    #expect(recorder.snapshot.isEnded)
  }

  private func pack(_ bytes: [UInt8], _ packing: Packing) throws -> [UInt8] {
    var packed: [UInt8] = []
    switch packing {
    case .plain:
      return bytes
    case .gzip:
      var compressor = try GzipCompressor()
      compressor.compress(bytes, into: &packed)
      compressor.finish(into: &packed)
    case .zstd:
      var compressor = try ZstdCompressor()
      try compressor.compress(bytes, into: &packed)
      try compressor.finish(into: &packed)
    }
    return packed
  }
}

private final class MagicReader: SnapshotByteReader {
  private let receiver: any SnapshotRecordReceiver

  init(_ receiver: any SnapshotRecordReceiver) {
    self.receiver = receiver
  }

  func consume(_ bytes: UnsafeRawBufferPointer) {}

  func finish() throws(SnapshotError) {
    try receiver.end()
  }
}
