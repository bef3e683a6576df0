import HeapModel
import JSONStream
import SnapshotFormats
import TestSupport
import Testing

struct SnapshotTextWriterTests {
  @Test(arguments: V8SnapshotText.Style.allCases)
  func `V8's text comes back equal as JSON`(style: V8SnapshotText.Style) throws {
    var heap = smallHeap(style)
    heap.extraMembers = [#""odd \" key":{"a":[1.50,"\ud800"]}"#]
    let written = try write(record(heap.bytes))

    try expect(JSONValue(parsing: written), equals: JSONValue(parsing: heap.bytes))
  }

  @Test(arguments: JSCSnapshotReaderTests.variants)
  func `JavaScriptCore's text comes back equal as JSON`(kind: String, version: Int) throws {
    let heap = smallHeap(kind, version: version)
    let written = try write(record(heap.bytes))

    try expect(JSONValue(parsing: written), equals: JSONValue(parsing: heap.bytes))
  }

  @Test func `what was shown of Maps and Sets is in the text as well, and read again`() throws {
    var heap = JSCSnapshotText()
    heap.edge(from: 0, to: heap.node("Map"))
    heap.node("Session")
    let recorder = SnapshotRecorder()
    let preview = CollectionPreview(
      objectID: 1,
      entryCount: 500,
      classes: [.init(name: 2, count: 5), .init(name: 0, count: 1)]
    )
    let tap = PreviewTap(passingTo: recorder, [preview])
    let reader = try SnapshotTextReader(receiver: tap)
    try heap.bytes.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    let written = try write(recorder.snapshot)

    heap.extraMembers = [#""retinueCollections":[1,500,2,5,1,500,0,1]"#]
    try expect(JSONValue(parsing: written), equals: JSONValue(parsing: heap.bytes))
    let again = try record(written)
    expect(again, equals: recorder.snapshot)
    let builder = HeapGraphBuilder()
    try again.replay(into: builder)
    let collection = try #require(try builder.makeGraph().collections.first)
    expect(collection.node, equals: 1)
    expect(collection.entryCount, equals: 500)
    expect(collection.classes, equals: preview.classes)
  }

  @Test(arguments: [
    (rows: "9,500,1,5", isRefused: false), ("1,500,2,5", true), ("1,4294967296,1,1", true),
    ("1,500,1,-1", true),
  ])
  func `previews of nothing are passed over, and of no class are refused`(
    _ rows: String,
    isRefused: Bool
  ) throws {
    var heap = JSCSnapshotText()
    heap.edge(from: 0, to: heap.node("Map"))
    heap.extraMembers = [#""retinueCollections":[\#(rows)]"#]
    func read() throws -> HeapGraph {
      let builder = HeapGraphBuilder()
      try record(heap.bytes).replay(into: builder)
      return try builder.makeGraph()
    }
    guard isRefused == false else {
      #expect(throws: SnapshotError.self) { try read() }
      return
    }
    try expect(read().collections, equals: [])
  }

  @Test func `the text leaves in pieces`() throws {
    var heap = V8SnapshotText()
    for index in 0..<20_000 { heap.node("Class number \(index)") }
    var largest = 0
    var total = 0
    let writer = SnapshotTextWriter { piece in
      largest = max(largest, piece.count)
      total += piece.count
    }
    try record(heap.bytes).replay(into: writer)

    #expect(total > 800_000)
    #expect(largest < 200_000)
  }

  @Test func `what the sink throws ends the writing`() throws {
    let full = SnapshotError(.unreadable, "no space left")
    let writer = SnapshotTextWriter { _ throws(SnapshotError) in throw full }

    #expect(throws: full) { try record(smallHeap(.node24).bytes).replay(into: writer) }
  }

  @Test func `numbers that leave the range are refused`() throws {
    var snapshot = try record(smallHeap(.node24).bytes)
    let edges = try #require(snapshot.sections.firstIndex { $0.section.role == .edges })
    snapshot.sections[edges].columns[2][0] = .max

    #expect(throws: SnapshotError(.malformed, "to_node \(Int64.max) is out of range")) {
      try write(snapshot)
    }
  }
}

/// Puts previews behind the engine's sections, as an agent does.
private final class PreviewTap: SnapshotRecordReceiver {
  private let receiver: any SnapshotRecordReceiver
  private let previews: [CollectionPreview]

  init(passingTo receiver: any SnapshotRecordReceiver, _ previews: [CollectionPreview]) {
    self.receiver = receiver
    self.previews = previews
  }

  func header(_ header: SnapshotHeader) throws(SnapshotError) { try receiver.header(header) }

  func section(_ section: SnapshotSection) throws(SnapshotError) { try receiver.section(section) }

  func rows(_ batch: ColumnBatch) throws(SnapshotError) { try receiver.rows(batch) }

  func strings(_ batch: StringBatch) throws(SnapshotError) { try receiver.strings(batch) }

  func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) { try receiver.raw(bytes) }

  func end() throws(SnapshotError) {
    try receiver.collections(previews)
    try receiver.end()
  }
}
