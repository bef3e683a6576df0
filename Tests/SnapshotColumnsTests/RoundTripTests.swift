import HeapModel
import JSONStream
import SnapshotColumns
import SnapshotFormats
import TestSupport
import Testing

struct RoundTripTests {
  @Test(arguments: V8SnapshotText.Style.allCases)
  func `records of V8 come back as they were`(style: V8SnapshotText.Style) throws {
    var heap = smallHeap(style)
    heap.extraMembers = [#""future":{"a":[1.50,null]}"#]
    let snapshot = try record(heap.bytes)

    try expect(decode(encode(snapshot)), equals: snapshot)
    try expect(decode(encode(snapshot, batchSize: 1)), equals: snapshot)
  }

  @Test(arguments: ["Inspector", "GCDebugging"])
  func `records of JavaScriptCore come back as they were`(kind: String) throws {
    let snapshot = try record(smallHeap(kind).bytes)

    try expect(decode(encode(snapshot)), equals: snapshot)
  }

  @Test func `text goes to columns and back to equal text`() throws {
    for text in [smallHeap(.chromium).bytes, smallHeap("GCDebugging").bytes] {
      let written = WrittenText()
      try decode(encode(record(text)), into: SnapshotTextWriter(to: written.append))
      try expect(JSONValue(parsing: written.bytes), equals: JSONValue(parsing: text))
    }
  }

  @Test func `a recording of allocations comes back, as text and in the graph`() throws {
    let text = V8SnapshotText.timeline().bytes
    let blocks = try encode(record(text), batchSize: 1)
    let written = WrittenText()
    try decode(blocks, into: SnapshotTextWriter(to: written.append))
    let builder = HeapGraphBuilder()
    try decode(blocks, into: builder)

    try expect(JSONValue(parsing: written.bytes), equals: JSONValue(parsing: text))
    let history = try #require(try builder.makeGraph().allocations)
    expect(history.samples.map(\.lastID), equals: [9, 13, 21])
    expect(history.sites.map(\.identifier), equals: [1, 4, 2, 3])
    expect(history.sites.map(\.parent), equals: [nil, 0, 1, 1])
    let none = AllocationHistory.noSite
    expect(history.siteOfNode?.elements.map { $0 }, equals: [none, 3, 3, 3, 2, none, none])
  }

  @Test func `a snapshot of many blocks comes back, and blocks are nearly full`() throws {
    let snapshot = largeHeap()
    let blocks = try encode(snapshot)

    try expect(decode(blocks), equals: snapshot)
    expect(blocks.map(\.index), equals: (0..<UInt32(blocks.count)).map { $0 })
    #expect(blocks.allSatisfy { $0.rawByteCount <= ColumnsFormat.blockByteLimit })
    let tables = blocks.filter { $0.kind == BlockKind.tables.rawValue }
    #expect(tables.count >= 2)
    #expect(tables.dropLast().allSatisfy { $0.rawByteCount > ColumnsFormat.blockByteLimit * 3 / 4 })
  }

  @Test func `every kind of number comes back`() throws {
    var random = SeededGenerator(seed: 9)
    let columns: [[Int64]] = [
      [.min, .max, 0, -1, 1],
      [0, 0, 0, 0, 0],
      [5, 5, 5, 5, 5],
      [1_000, 1_001, 1_002, 1_003, 1_004],
      [Int64(bitPattern: 0x7FE5_0100_0170_0000), 3, -9, 12, 1 << 40],
      (0..<5).map { _ in Int64.random(in: .min ... .max, using: &random) },
    ]
    var snapshot = try record(smallHeap(.node24).bytes)
    let fields = columns.indices.map { SnapshotField(name: "c\($0)", role: .other) }
    var section = RecordedSnapshot.Section(
      section: SnapshotSection(name: "numbers", content: .rows, role: .other, fields: fields)
    )
    section.columns = columns
    snapshot.sections = [section]

    try expect(decode(encode(snapshot)), equals: snapshot)
    section.columns = [[0, 0, 0]]
    section.section.fields = [SnapshotField(name: "zeros", role: .other)]
    snapshot.sections = [section]
    try expect(decode(encode(snapshot)), equals: snapshot)
  }

  @Test func `strings of every length come back, those longer than a block too`() throws {
    var snapshot = try record(smallHeap(.node24).bytes)
    let last = snapshot.sections.count - 1
    let lengths = [0, 1, 255, 256, 70_000, 1_047_000, 1_048_576, 3_000_000, 0, 5]
    snapshot.sections[last].strings = lengths.enumerated().map { index, length in
      (0..<length).map { UInt8(truncatingIfNeeded: $0 &* (index + 3)) }
    }
    let blocks = try encode(snapshot)

    #expect(blocks.allSatisfy { $0.rawByteCount <= ColumnsFormat.blockByteLimit })
    try expect(decode(blocks), equals: snapshot)
  }

  @Test func `text longer than a block comes back`() throws {
    var snapshot = try record(smallHeap(.node24).bytes)
    let tree = try #require(snapshot.sections.firstIndex { $0.section.name == "trace_tree" })
    snapshot.sections[tree].raw = (0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 / 9) }

    try expect(decode(encode(snapshot, batchSize: 100_000)), equals: snapshot)
  }

  @Test func `edges before nodes and strings first come back in their order`() throws {
    var snapshot = largeHeap(nodeCount: 3_000)
    snapshot.sections.reverse()

    try expect(decode(encode(snapshot)), equals: snapshot)
  }

  @Test func `the header carries redaction and identity`() throws {
    let provenance = SnapshotProvenance(
      redaction: .none,
      identity: IdentityEpoch(isolate: "7", epoch: "e-1", anchors: [3, 1 << 50])
    )
    let blocks = try encode(record(smallHeap(.node20).bytes), provenance: provenance)
    let decoder = try SnapshotColumnsDecoder(receiver: SnapshotRecorder())
    try decoder.consume(blocks[0])

    expect(decoder.provenance, equals: provenance)
    expect(BlockKind(rawValue: blocks[0].kind), equals: .header)
  }

  @Test func `names travel apart from values`() throws {
    var heap = V8SnapshotText()
    let session = heap.node("Session")
    let secret = heap.node("secret of ann", type: "string")
    let both = heap.node("both", type: "string")
    heap.edge(from: 0, to: session, named: "session")
    heap.edge(from: session, to: secret, named: "name")
    heap.edge(from: session, to: both, named: "both")
    heap.string("used by nobody")
    let blocks = try encode(record(heap.bytes))

    let names = try inflated(blocks, .names)
    let values = try inflated(blocks, .values)
    for name in ["Session", "session", "name", "both"] {
      #expect(names.contains(Array(name.utf8)), "\(name)")
    }
    for value in ["secret of ann", "used by nobody"] {
      #expect(values.contains(Array(value.utf8)), "\(value)")
      expect(names.contains(Array(value.utf8)), equals: false, "\(value)")
    }
  }

  @Test func `the graph is the same from text and from columns`() throws {
    let snapshot = largeHeap(nodeCount: 5_000)
    let (direct, decoded) = (HeapGraphBuilder(), HeapGraphBuilder())
    try snapshot.replay(into: direct)
    try decode(encode(snapshot), into: decoded)
    let (expected, graph) = (try direct.makeGraph(), try decoded.makeGraph())

    expect(Array(graph.nodeID.elements), equals: Array(expected.nodeID.elements))
    expect(Array(graph.edgeTarget.elements), equals: Array(expected.edgeTarget.elements))
    expect(Array(graph.names.bytes.elements), equals: Array(expected.names.bytes.elements))
  }
}

final class WrittenText {
  private(set) var bytes: [UInt8] = []

  func append(_ piece: UnsafeRawBufferPointer) {
    bytes += piece
  }
}
