import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct V8SnapshotReaderTests {
  @Test(arguments: V8SnapshotText.Style.allCases)
  func `reads the tables by meta`(style: V8SnapshotText.Style) throws {
    let snapshot = try record(smallHeap(style).bytes)

    let header = try #require(snapshot.header)
    #expect(header.engine == .v8)
    #expect(header.declaredNodeCount == 3)
    #expect(header.declaredEdgeCount == 3)
    #expect(header.nodeTypes[3] == NodeType(name: "object", kind: .object))
    #expect(header.edgeTypes.map(\.kind)[1] == .element)

    let nodes = try #require(snapshot["nodes"])
    #expect(nodes.section.role == .nodes)
    #expect(nodes.column(.identifier) == [1, 3, 5])
    #expect(nodes.column(.edgeCount) == [2, 1, 0])
    let edges = try #require(snapshot["edges"])
    #expect(edges.column(.target) == [1, 2, 2])
    let locations = try #require(snapshot["locations"])
    #expect(locations.column(.node) == [1])
    #expect(locations.column(.column) == [4])
    #expect(snapshot["strings"]?.text.contains("naïve \u{1F600}\n\"\\") == true)
    #expect(snapshot.isEnded)
  }

  @Test(arguments: V8SnapshotText.Style.allCases)
  func `the result is the same wherever the bytes are cut`(style: V8SnapshotText.Style) throws {
    let bytes = smallHeap(style).bytes
    let whole = try record(bytes)

    for cut in 0...bytes.count {
      let recorder = SnapshotRecorder()
      let reader = V8SnapshotReader(receiver: recorder)
      try reader.consume(bytes[..<cut])
      try reader.consume(bytes[cut...])
      try reader.finish()
      #expect(recorder.snapshot == whole, "cut at \(cut)")
    }
  }

  @Test func `every byte alone gives the same`() throws {
    let bytes = smallHeap(.chromium).bytes
    let recorder = SnapshotRecorder()
    let reader = V8SnapshotReader(receiver: recorder)
    for byte in bytes { try reader.consume([byte]) }
    try reader.finish()
    #expect(recorder.snapshot == (try record(bytes)))
  }

  @Test func `builds a graph`() throws {
    let graph = try graph(smallHeap(.node20).bytes)

    #expect(graph.nodeCount == 3)
    #expect(graph.edgeCount == 3)
    #expect(Array(graph.firstEdge.elements) == [0, 2, 3, 3])
    #expect(Array(graph.edgeTarget.elements) == [1, 2, 2])
    #expect(graph.names[Int(graph.nodeName[1])] == "Session")
    #expect(graph.nodeKind[2] == NodeKind.string.rawValue)
    #expect(graph.capabilities.contains(.locations))
  }
}

// root -session-> Session -name-> "naïve…"
//   `--------------[7]-----------'
func smallHeap(_ style: V8SnapshotText.Style) -> V8SnapshotText {
  var heap = V8SnapshotText(style: style)
  let session = heap.node("Session", size: 32)
  let name = heap.node("naïve \u{1F600}\n\"\\", type: "string", size: 24)
  heap.edge(from: 0, to: session, named: "session")
  heap.edge(from: 0, to: name, index: 7)
  heap.edge(from: session, to: name, named: "name")
  heap.location(of: session, script: 9, line: 12, column: 4)
  return heap
}

func record(_ bytes: [UInt8]) throws -> RecordedSnapshot {
  let recorder = SnapshotRecorder()
  let reader = V8SnapshotReader(receiver: recorder)
  try reader.consume(bytes)
  try reader.finish()
  return recorder.snapshot
}

func graph(_ bytes: [UInt8]) throws -> HeapGraph {
  let builder = HeapGraphBuilder()
  let reader = V8SnapshotReader(receiver: builder)
  try reader.consume(bytes)
  try reader.finish()
  return try builder.makeGraph()
}

extension V8SnapshotReader {
  func consume(_ bytes: some Collection<UInt8>) throws {
    try Array(bytes).withUnsafeBytes { try consume($0) }
  }
}

extension RecordedSnapshot.Section {
  func column(_ role: SnapshotField.Role) -> [Int64]? {
    section.fields.column(role).map { columns[$0] }
  }
}
