import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct V8GraphExportTests {
  @Test func `a heap of JavaScriptCore becomes one of V8 with the same objects`() throws {
    let graph = try graph(smallHeap("Inspector").bytes)
    let text = WrittenText()
    try V8GraphExport(graph).emit(into: SnapshotTextWriter(to: text.append))
    let exported = try SnapshotFormatsTests.graph(text.bytes)

    expect(exported.engine, equals: .v8)
    expect(exported.rootOrdinal, equals: graph.rootOrdinal)
    expect(Array(exported.nodeKind.elements), equals: Array(graph.nodeKind.elements))
    expect(Array(exported.nodeID.elements), equals: Array(graph.nodeID.elements))
    expect(Array(exported.selfSize.elements), equals: Array(graph.selfSize.elements))
    expect(Array(exported.firstEdge.elements), equals: Array(graph.firstEdge.elements))
    expect(Array(exported.edgeKind.elements), equals: Array(graph.edgeKind.elements))
    expect(Array(exported.edgeTarget.elements), equals: Array(graph.edgeTarget.elements))
    expect(names(exported), equals: names(graph))
  }

  @Test func `a root that is not the first node is said`() throws {
    var heap = V8SnapshotText()
    let root = heap.node("real root", type: "synthetic")
    heap.edge(from: root, to: 0, index: 1)
    let text = heap.text.replacing("\"node_count\"", with: "\"root_index\":6,\"node_count\"")
    let graph = try graph(Array(text.utf8))
    let written = WrittenText()
    try V8GraphExport(graph).emit(into: SnapshotTextWriter(to: written.append))

    expect(graph.rootOrdinal, equals: 1)
    try expect(SnapshotFormatsTests.graph(written.bytes).rootOrdinal, equals: 1)
  }

  /// DevTools visits a child of the root once for each edge, and gives up when it has visited more
  /// objects than there are.
  @Test func `a root that is one for several reasons has one edge`() throws {
    var heap = V8SnapshotText()
    let root = heap.node("real root", type: "synthetic")
    let child = heap.node("child", type: "object")
    for index: UInt32 in 1...3 { heap.edge(from: root, to: child, index: index) }
    heap.edge(from: child, to: 0, index: 1)
    heap.edge(from: child, to: 0, index: 2)
    let text = heap.text.replacing("\"node_count\"", with: "\"root_index\":6,\"node_count\"")
    let written = WrittenText()
    try V8GraphExport(graph(Array(text.utf8))).emit(into: SnapshotTextWriter(to: written.append))

    let exported = try SnapshotFormatsTests.graph(written.bytes)
    expect(exported.edgeCount, equals: 3)
    expect(Array(exported.firstEdge.elements), equals: [0, 0, 1, 3])
  }

  private func names(_ graph: HeapGraph) -> [String] {
    graph.nodeName.elements.map { graph.names[Int($0)] }
  }
}
