import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct V8SnapshotReaderTests {
  @Test(arguments: V8SnapshotText.Style.allCases)
  func `reads the tables by meta`(style: V8SnapshotText.Style) throws {
    let snapshot = try record(smallHeap(style).bytes)

    let header = try #require(snapshot.header)
    expect(header.engine, equals: .v8)
    expect(header.declaredNodeCount, equals: 3)
    expect(header.declaredEdgeCount, equals: 3)
    expect(header.nodeTypes[3], equals: NodeType(name: "object", kind: .object))
    expect(header.edgeTypes.map(\.kind)[1], equals: .element)

    let nodes = try #require(snapshot["nodes"])
    expect(nodes.section.role, equals: .nodes)
    expect(nodes.column(.identifier), equals: [1, 3, 5])
    expect(nodes.column(.edgeCount), equals: [2, 1, 0])
    expect(snapshot["edges"]?.column(.target), equals: [1, 2, 2])
    let locations = try #require(snapshot["locations"])
    expect(locations.column(.node), equals: [1])
    expect(locations.column(.column), equals: [4])
    expect(snapshot["strings"]?.text.contains("naïve \u{1F600}\n\"\\"), equals: true)
    #expect(snapshot.isEnded)
  }

  @Test(arguments: V8SnapshotText.Style.allCases)
  func `the result is the same wherever the bytes are cut`(style: V8SnapshotText.Style) throws {
    let bytes = smallHeap(style).bytes
    let whole = try record(bytes)

    // The longest of the three is cut everywhere, the others here and there.
    for cut in stride(from: 0, through: bytes.count, by: style == .chromium ? 1 : 11) {
      try expect(record(bytes, cutAt: cut), equals: whole, "cut at \(cut)")
    }
    try expect(record(bytes, pieceSize: 1), equals: whole)
  }

  @Test func `numbers are the same in the fast way and byte by byte`() throws {
    var heap = V8SnapshotText(style: .node20)
    let lengths = [1, 9, 99, 1_234_567, 12_345_678, 123_456_789, 1 << 40, 1_000_000_000_000_000]
    for (index, id) in lengths.enumerated() {
      heap.node("x", id: UInt64(id), size: UInt64(lengths[lengths.count - 1 - index]))
    }
    // The reader reads 64 bytes at once, so the rows must not end with the text.
    for _ in 0..<40 { heap.node("padding") }
    let whole = try record(heap.bytes)

    expect(whole["nodes"]?.column(.identifier)?[1...8].map(Int.init), equals: lengths)
    expect(whole, equals: (try record(heap.bytes, pieceSize: 1)))
    expect(whole, equals: (try record(heap.bytes, pieceSize: 77)))
  }

  @Test func `scopes may hold negative numbers`() throws {
    let snapshot = try record(smallHeap(.chromium).bytes)

    let scopes = try #require(snapshot["scopes"])
    expect(scopes.section.fields.map(\.name)[1], equals: "scope_id")
    expect(scopes.columns[1], equals: [-2])
  }

  @Test func `what is not known is kept as it came`() throws {
    var heap = smallHeap(.node24)
    heap.extraMembers = [
      #""future":{"a":[1, 2.50, "]}\""], "b":null}"#, #""count":  12e3 "#, #""word":true"#,
    ]
    let snapshot = try record(heap.bytes)

    let future = try #require(snapshot["future"])
    expect(future.section.content, equals: .raw)
    expect(
      String(decoding: future.raw, as: UTF8.self),
      equals: #"{"a":[1, 2.50, "]}\""], "b":null}"#
    )
    expect(snapshot["count"].map { String(decoding: $0.raw, as: UTF8.self) }, equals: "12e3")
    expect(snapshot["word"].map { String(decoding: $0.raw, as: UTF8.self) }, equals: "true")
    expect(snapshot["trace_tree"].map { String(decoding: $0.raw, as: UTF8.self) }, equals: "[]")
  }

  @Test func `white space may stand anywhere`() throws {
    let bytes = smallHeap(.node24).bytes
    var spaced: [UInt8] = []
    var isInsideString = false
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\""), bytes[index - 1] != UInt8(ascii: "\\") {
        isInsideString.toggle()
      }
      spaced.append(byte)
      if isInsideString == false, [UInt8]("{}[],:".utf8).contains(byte) {
        spaced += "\r\n\t ".utf8
      }
    }
    var expected = try record(bytes)
    var snapshot = try record(spaced)
    // What is kept as text is kept with its white space.
    expected.header?.engineHeader = []
    snapshot.header?.engineHeader = []
    for section in snapshot.sections.indices where snapshot.sections[section].raw.isEmpty == false {
      snapshot.sections[section].raw.removeAll { $0 <= 0x20 }
    }

    expect(snapshot, equals: expected)
  }

  @Test func `strings need not come last, and edges may come before nodes`() throws {
    let snapshot = try record(smallHeap(.node24).bytes)
    var moved = snapshot
    moved.sections.reverse()

    let read = try record(write(moved))

    expect(read, equals: moved)
    let (graph, expected) = (try graph(read), try graph(snapshot))
    expect(Array(graph.edgeTarget.elements), equals: Array(expected.edgeTarget.elements))
    expect(graph.names[Int(graph.nodeName[1])], equals: "Session")
  }

  @Test func `surrogates stay apart, and pairs come together`() throws {
    let text = smallHeap(.node24).text.replacing(
      "\"<dummy>\"",
      with: #""\ud800x\uDC00\ud83D\uDE00\u00e9\/\b""#
    )
    let strings = try #require(try record(Array(text.utf8))["strings"])

    expect(
      strings.strings[0],
      equals: [0xED, 0xA0, 0x80, 0x78, 0xED, 0xB0, 0x80]
        + Array("\u{1F600}é/\u{8}".utf8)
    )
  }

  @Test func `builds a graph`() throws {
    let graph = try graph(smallHeap(.node20).bytes)

    expect(graph.nodeCount, equals: 3)
    expect(graph.edgeCount, equals: 3)
    expect(Array(graph.firstEdge.elements), equals: [0, 2, 3, 3])
    expect(Array(graph.edgeTarget.elements), equals: [1, 2, 2])
    expect(graph.names[Int(graph.nodeName[1])], equals: "Session")
    expect(graph.nodeKind[2], equals: NodeKind.string.rawValue)
    expect(graph.locations.count, equals: 1)
    expect(graph.capabilities, equals: [.comparisonByID, .collectionContents, .locations])
  }
}
