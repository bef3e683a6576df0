import HeapModel
import SnapshotColumns
import TestSupport
import Testing

struct ColumnsFileTests {
  let bytes: [UInt8]
  let snapshot: RecordedSnapshot

  init() throws {
    snapshot = try record(smallHeap().bytes)
    bytes = try encode(snapshot).reduce(into: ColumnsFile.beginning) {
      $0 += ColumnsFile.bytes(of: $1)
    }
  }

  @Test func `a file is read wherever it is cut`() throws {
    for cut in 0...bytes.count {
      try expect(
        read([Array(bytes[..<cut]), Array(bytes[cut...])]),
        equals: snapshot,
        "cut at \(cut)"
      )
    }
    try expect(read(bytes.map { [$0] }), equals: snapshot)
  }

  @Test func `every beginning of a file is truncated`() {
    for length in 0..<bytes.count {
      #expect(throws: SnapshotError.self, "\(length) bytes") {
        do {
          _ = try read([Array(bytes[..<length])])
        } catch let error as SnapshotError where error.code == .truncated {
          throw error
        }
      }
    }
  }

  @Test func `bytes behind the end are refused`() {
    #expect(throws: SnapshotError.self) { try read([bytes, [0]]) }
    #expect(throws: SnapshotError.self) { try read([bytes, bytes]) }
  }

  @Test func `a block that claims to be huge is refused before it comes`() {
    var claim = ColumnsFile.beginning
    claim += [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF]
    #expect(
      throws: SnapshotError(
        .tooLarge,
        "block 0 is of 4294967295 bytes, beyond the limit",
        at: 8
      )
    ) { try read([claim]) }
  }

  @Test func `it is told from its first bytes`() {
    #expect(ColumnsFormat.isColumnsFile(Array(bytes.prefix(8))))
    expect(ColumnsFormat.isColumnsFile(Array("{\"snapsh".utf8)), equals: false)
    #expect(SnapshotForm.columns().recognises(Array(bytes.prefix(8))))
  }

  private func read(_ pieces: [[UInt8]]) throws -> RecordedSnapshot {
    let recorder = SnapshotRecorder()
    let reader = try ColumnsFileReader(receiver: recorder)
    for piece in pieces {
      try piece.withUnsafeBytes { try reader.consume($0) }
    }
    try reader.finish()
    return recorder.snapshot
  }
}
