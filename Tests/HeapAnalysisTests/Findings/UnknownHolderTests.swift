import HeapAnalysis
import HeapModel
import SnapshotFormats
import TestSupport
import Testing

/// JavaScriptCore does not tell what a Map or a Set holds.
struct UnknownHolderTests {
  /// Sessions with a payload, and as many keys, that nothing refers to; a Map that is known.
  ///
  /// - Parameter previews: what was shown of the Map, as rows of its id, its size, a class and how many
  private func heap(sessionCount: Int, previews: [Int] = []) throws -> AnalyzedHeap {
    let classes = ["<root>", "GlobalObject", "Map", "Session", "Array", "string"]
    // Rows of id, size, class, flags: 2 marks a class written in JavaScript.
    var nodes = [[0, 0, 0, 0], [1, 16, 1, 0], [2, 16, 2, 0]]
    // Rows of source, target, type (1 property), name.
    var edges = [[0, 1, 0, 0], [1, 2, 1, 0]]
    for index in 0..<sessionCount {
      let id = 10 + 3 * index
      nodes += [[id, 48, 3, 2], [id + 1, 16, 4, 0], [id + 2, 24, 5, 0]]
      edges.append([id, id + 1, 1, 1])
    }
    let text = """
      {"version":3,"type":"Inspector","nodes":\(nodes.flatMap { $0 }),\
      "nodeClassNames":\(classes),"edges":\(edges.flatMap { $0 }),\
      "edgeTypes":["Internal","Property","Index","Variable"],"edgeNames":["cache","payload"],\
      "retinueCollections":\(previews)}
      """
    let builder = HeapGraphBuilder()
    let reader = try SnapshotTextReader(receiver: builder)
    try Array(text.utf8).withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    return try HeapAnalyzer.analyze(builder.makeGraph())
  }

  @Test func `their contents have no path, and that is said`() throws {
    let heaps = try [20, 120, 220].map { try heap(sessionCount: $0) }
    let series = try #require(HeapSeries(heaps, areIDsComparable: true))
    let findings = LeakFinder().findings(in: series)

    let leak = try #require(findings.first)
    expect(findings.count, equals: 1)
    expect(leak.className, equals: "Session")
    expect(leak.objectsPerStep, equals: [100, 100])
    expect(leak.bytesPerStep, equals: [8_800, 8_800])
    #expect(leak.retainerPath.isEmpty)
    expect(leak.family, equals: "Session")
    #expect(leak.companions.contains("(string)"))
    #expect(leak.explanation.contains("a Map or a Set: this engine's snapshots do not say"))
  }

  @Test(arguments: [
    (
      previews: [2, 220, 3, 5, 2, 220, 5, 5],
      text: "; probably by the Map @2 in 'cache', of 220 entries, the first of which are of this"
    ),
    ([2, 150, 3, 5], "; some of them probably by the Map @2 in 'cache', of 150 entries"),
    ([2, 220, 5, 5], "do not say by which."),
  ])
  func `where their first entries were shown, the Map is named as an estimate`(
    previews: [Int],
    text: String
  ) throws {
    let last = try heap(sessionCount: 220, previews: previews)
    let heaps = try [20, 120].map { try heap(sessionCount: $0) } + [last]
    let series = try #require(HeapSeries(heaps, areIDsComparable: true))
    let leak = try #require(LeakFinder().findings(in: series).first)

    #expect(leak.explanation.contains(text), "\(leak.explanation)")
    // It is no path, and no certainty comes of it.
    expect(leak.family, equals: "Session")
    #expect(leak.retainerPath.isEmpty)
    expect(leak.certainty, equals: .likely)
  }

  @Test func `what hangs on the holder that is not known is told, with what else is not`() throws {
    let unknown = try heap(sessionCount: 20)
    let known = try heap(sessionCount: 0)

    // Sessions and keys; the sessions keep their payloads.
    expect(unknown.unheld?.count, equals: 40)
    expect(unknown.unheld?.retainedSize, equals: 20 * (48 + 16 + 24))
    #expect(known.unheld == nil)
    #expect(unknown.untold.contains(.collectionContents))
    #expect(!known.untold.contains(.collectionContents))
    #expect(known.untold.contains(.detachedness) && known.untold.contains(.stringText))
  }

  @Test func `paths begin at the holder that is not known, and say so`() throws {
    let sessions = try ObjectCondition(parsing: "class=Session")
    let found = try heap(sessionCount: 20).paths(PathQuery([sessions]))

    expect(found.page.map(\.origin), equals: [.unknownHolder])
    expect(found.page.map(\.count), equals: [20])
    expect(found.page[0].steps.last, equals: "[]: Session")
  }

  /// Tenants that nothing is known to hold, each with a context of its own, which is a root with all
  /// its builtins, and a trace of each in the runtime's modules.
  private func contexts(_ count: Int) throws -> AnalyzedHeap {
    let classes = [
      "<root>", "GlobalObject", "NodeVMGlobalObject", "Tenant", "Function",
      "InternalModuleRegistry",
      "Array", "WeakRef",
    ]
    var nodes = [[0, 0, 0, 0], [1, 16, 1, 0], [2, 16, 5, 0], [3, 16, 6, 0]]
    var edges = [[0, 1, 0, 0], [1, 2, 1, 0], [2, 3, 1, 1]]
    for index in 0..<count {
      let id = 10 + 100 * index
      nodes += [[id, 48, 3, 2], [id + 1, 900, 2, 0], [id + 2, 16, 7, 0]]
      edges += [[0, id + 1, 0, 0], [3, id + 2, 2, index]]
      for builtin in 0..<2 {
        nodes.append([id + 10 + builtin, 32, 4, 0])
        edges.append([id + 1, id + 10 + builtin, 0, 0])
      }
    }
    let text = """
      {"version":3,"type":"Inspector","nodes":\(nodes.flatMap { $0 }),\
      "nodeClassNames":\(classes),"edges":\(edges.flatMap { $0 }),\
      "edgeTypes":["Internal","Property","Index","Variable"],"edgeNames":["modules","tracked"]}
      """
    let builder = HeapGraphBuilder()
    let reader = try SnapshotTextReader(receiver: builder)
    try Array(text.utf8).withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    return try HeapAnalyzer.analyze(builder.makeGraph())
  }

  @Test func `a context's builtins and its traces in the runtime are part of one leak`() throws {
    let heaps = try [2, 54, 106].map(contexts)
    let series = try #require(HeapSeries(heaps, areIDsComparable: true))
    let findings = LeakFinder().findings(in: series)

    expect(findings.map(\.className), equals: ["Tenant"])
    expect(findings.first?.objectsPerStep, equals: [52, 52])
    expect(
      findings.first?.companions.sorted() ?? [],
      equals: ["Function", "NodeVMGlobalObject", "WeakRef"]
    )
  }

  @Test func `dominators and sizes are exact all the same`() throws {
    let heap = try heap(sessionCount: 2)
    let graph = heap.graph

    expect(graph.engineNodeCount, equals: 9)
    let session = UInt32(3)
    expect(heap.className(of: session), equals: "Session")
    expect(heap.retainedSize(of: session), equals: 64)
    expect(heap.immediateDominator(of: session), equals: graph.unknownHolder)
    expect(heap.classes.first { $0.name == "Session" }?.count, equals: 2)
    expect(heap.retainedSize(of: graph.rootOrdinal), equals: heap.totalSelfSize)
  }
}
