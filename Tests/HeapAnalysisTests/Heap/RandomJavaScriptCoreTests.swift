import HeapAnalysis
import HeapModel
import SnapshotFormats
import TestSupport
import Testing

/// What JavaScriptCore's text says, read and analysed, against the slow and certain way.
struct RandomJavaScriptCoreTests {
  /// Up to 24 nodes; some hang on nothing, as what a Map holds does on Bun.
  private func text(_ kind: String, _ version: Int, _ random: inout SeededGenerator) -> [UInt8] {
    var text = JSCSnapshotText(kind: kind, version: version)
    var ids = [0]
    let classes = ["Object", "Map", "Session", "string", "Function", "Cell Butterfly"]
    for _ in 0..<Int.random(in: 1...24, using: &random) {
      let id = (ids.last ?? 0) + Int.random(in: 1...3, using: &random)
      text.node(
        classes.randomElement(using: &random) ?? "Object",
        id: id,
        size: Int.random(in: 0...64, using: &random),
        flags: Int.random(in: 0...3, using: &random)
      )
      ids.append(id)
    }
    for _ in 0..<Int.random(in: 0...ids.count * 2, using: &random) {
      let source = ids.randomElement(using: &random) ?? 0
      let target = ids.randomElement(using: &random) ?? 0
      switch Int.random(in: 0...3, using: &random) {
      case 0: text.edge(from: source, to: target)
      case 1: text.edge(from: source, to: target, named: "field")
      case 2: text.edge(from: source, to: target, index: Int.random(in: 0...9, using: &random))
      default: text.edge(from: source, to: target, variable: "scope")
      }
    }
    return text.bytes
  }

  @Test(arguments: [("Inspector", 2), ("Inspector", 3), ("GCDebugging", 2), ("GCDebugging", 3)])
  func `its numbers are those of the rules`(_ kind: String, _ version: Int) throws {
    var random = SeededGenerator(seed: UInt64(version))
    var orphanCount = 0
    for round in 0..<150 {
      let bytes = text(kind, version, &random)
      let builder = HeapGraphBuilder()
      let reader = try SnapshotTextReader(receiver: builder)
      try bytes.withUnsafeBytes { try reader.consume($0) }
      try reader.finish()
      let graph = try builder.makeGraph()
      let heap = try HeapAnalyzer.analyze(graph)
      let slow = SlowAnalysis(graph)
      let nodes = 0..<UInt32(graph.nodeCount)

      let said = "\(kind) \(version), round \(round): \(String(decoding: bytes, as: UTF8.self))"
      expect(nodes.map { heap.selfSize(of: $0) }, equals: slow.selfSizes, "\(said)")
      expect(nodes.map { heap.distance(of: $0) }, equals: slow.distances, "\(said)")
      expect(
        nodes.map { Int(heap.immediateDominator(of: $0)) },
        equals: slow.dominators,
        "\(said)"
      )
      expect(nodes.map { heap.retainedSize(of: $0) }, equals: slow.retainedSizes, "\(said)")
      orphanCount += graph.nodeCount - graph.engineNodeCount
    }
    // The drawing has what it is for: heaps with orphans under their one holder.
    #expect(orphanCount > 20)
  }
}
