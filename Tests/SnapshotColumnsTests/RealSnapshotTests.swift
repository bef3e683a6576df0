import HeapModel
import SnapshotColumns
import SnapshotFormats
import TestSupport
import Testing

/// Snapshots of real runtimes: from file to columns, from columns to text, and into a graph.
@Suite(.enabled(if: SharedMaterial.isPresent))
struct RealSnapshotTests {
  static let files = [
    "oracle/t.1.heapsnapshot.zst", "oracle/page.heapsnapshot.zst",
    "traces/bun/leak.jsc-snapshot.json.gz", "traces/webkit/jsc-shell-inspector-v3.json.gz",
    "traces/webkit/jsc-shell-gcdebugging-v3.json.gz",
  ]

  @Test(.enabled(if: Python.isPresent), arguments: files)
  func `text goes to columns and back to equal text`(name: String) throws {
    let blocks = EncodedBlocks()
    let encoder = try SnapshotColumnsEncoder(emit: blocks.append)
    try SnapshotFileReader(path: SharedMaterial.file(name)).read(into: encoder)
    let file = try ScratchFile()
    let writer = SnapshotTextWriter(to: file.append)
    try decode(blocks.all, into: writer)
    file.close()

    #expect(Python.holdEqualJSON(SharedMaterial.file(name), file.path))
  }

  @Test(arguments: files)
  func `the graph from columns is the graph from text`(name: String) throws {
    let blocks = EncodedBlocks()
    let encoder = try SnapshotColumnsEncoder(emit: blocks.append)
    let direct = HeapGraphBuilder()
    let file = SnapshotFileReader(path: SharedMaterial.file(name))
    try file.read(into: encoder)
    try file.read(into: direct)
    let decoded = HeapGraphBuilder()
    try decode(blocks.all, into: decoded)
    let (graph, expected) = (try decoded.makeGraph(), try direct.makeGraph())

    expect(graph.capabilities, equals: expected.capabilities)
    expect(graph.rootOrdinal, equals: expected.rootOrdinal)
    #expect(equal(graph.nodeKind, expected.nodeKind))
    #expect(equal(graph.nodeName, expected.nodeName))
    #expect(equal(graph.nodeID, expected.nodeID))
    #expect(equal(graph.selfSize, expected.selfSize))
    #expect(equal(graph.firstEdge, expected.firstEdge))
    #expect(equal(graph.edgeKind, expected.edgeKind))
    #expect(equal(graph.edgeName, expected.edgeName))
    #expect(equal(graph.edgeTarget, expected.edgeTarget))
    #expect(equal(graph.names.bytes, expected.names.bytes))
    #expect(equal(graph.locations.node, expected.locations.node))
  }

  private func equal<Element: Equatable & BitwiseCopyable>(
    _ first: FlatArray<Element>,
    _ second: FlatArray<Element>
  ) -> Bool {
    first.elements.elementsEqual(second.elements)
  }

  @Test func `what only a Map holds in Bun stands under a node that says so`() throws {
    let builder = HeapGraphBuilder()
    try SnapshotFileReader(path: SharedMaterial.file("traces/bun/leak.jsc-snapshot.json.gz"))
      .read(into: builder)
    let graph = try builder.makeGraph()

    let holder = Int(try #require(graph.unknownHolder))
    let edges = Int(graph.firstEdge[holder])..<Int(graph.firstEdge[holder + 1])
    let classes = edges.map { graph.names[Int(graph.nodeName[Int(graph.edgeTarget[$0])])] }
    expect(classes.count { $0 == "LeakedSession" }, equals: 2_000)
    expect(graph.engineNodeCount, equals: 22_343)
    expect(graph.engineEdgeCount, equals: 54_554)
    expect(graph.capabilities, equals: [.comparisonByID])
  }
}
