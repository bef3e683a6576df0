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
