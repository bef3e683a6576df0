import HeapModel
import SnapshotColumns
import SnapshotFormats
import TestSupport
import Testing

/// SpiderMonkey's tables come in parts, one section each.
struct SpiderMonkeyColumnsTests {
  private func recordFirefox(_ heap: SpiderMonkeyMessages) throws -> RecordedSnapshot {
    let recorder = SnapshotRecorder()
    let reader = SpiderMonkeySnapshotReader(receiver: recorder)
    try heap.bytes.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    return recorder.snapshot
  }

  private func heap(objectCount: Int) -> SpiderMonkeyMessages {
    var heap = SpiderMonkeyMessages()
    let frame = SpiderMonkeyMessages.Frame(id: 9, line: 3, source: "app.js", function: "make")
    for index in 0..<objectCount {
      let object = heap.node("JSObject", className: "Object", stack: index % 5 == 0 ? [frame] : [])
      heap.edge(from: 0, to: object, named: "property \(index)")
      heap.edge(from: object, to: 0, named: "objectElements[\(index)]")
    }
    return heap
  }

  @Test func `records come back as they were`() throws {
    let snapshot = try recordFirefox(heap(objectCount: 20_000))

    #expect(snapshot.sections.count > 4)
    try expect(decode(encode(snapshot)), equals: snapshot)
  }

  @Test func `all strings are names`() throws {
    let blocks = try encode(recordFirefox(heap(objectCount: 100)))

    expect(blocks.contains { $0.kind == BlockKind.values.rawValue }, equals: false)
  }

  @Test func `the graph is the same from messages and from columns`() throws {
    let snapshot = try recordFirefox(heap(objectCount: 20_000))
    let (direct, decoded) = (HeapGraphBuilder(), HeapGraphBuilder())
    try snapshot.replay(into: direct)
    try decode(encode(snapshot), into: decoded)
    let (expected, graph) = (try direct.makeGraph(), try decoded.makeGraph())

    expect(graph.nodeCount, equals: 20_001)
    expect(Array(graph.nodeID.elements), equals: Array(expected.nodeID.elements))
    expect(Array(graph.nodeName.elements), equals: Array(expected.nodeName.elements))
    expect(Array(graph.edgeTarget.elements), equals: Array(expected.edgeTarget.elements))
    expect(Array(graph.names.bytes.elements), equals: Array(expected.names.bytes.elements))
  }
}
