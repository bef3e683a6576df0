import Compression
@testable import HeapAnalysis
import HeapModel
import JSONStream
import SnapshotFormats
import TestSupport
import Testing

/// Our numbers against those of Firefox's own reader.
struct FirefoxOracleTests {
  @Test func `counts, sizes and dominators of a page are Firefox's own`() throws {
    let heap = try analyze(contents(ofFile: FirefoxMaterial.snapshot))
    try expectFirefoxNumbers(heap, FirefoxExpectation(ofFile: FirefoxMaterial.expected))
  }

  @Test(.enabled(if: SharedMaterial.isPresent))
  func `so are those of the recorded exchange`() throws {
    let heap = try analyze(try #require(FirefoxMaterial.snapshotInTrace()))
    try expectFirefoxNumbers(heap, FirefoxExpectation(ofFile: FirefoxMaterial.traceExpectation))
    expect(heap.graph.nodeCount, equals: 4_421)
  }

  @Test(.enabled(if: FirefoxMaterial.isPresent), .timeLimit(.minutes(3)))
  func `so are those of a snapshot taken now`() throws {
    let folder = TemporaryFolder()
    #expect(FirefoxMaterial.takeSnapshot(into: folder.path))
    let heap = try analyze(contents(ofFile: folder.path + "/page.fxsnapshot"))
    try expectFirefoxNumbers(
      heap,
      FirefoxExpectation(ofFile: folder.path + "/page.expected.json")
    )
    expectPlantedObjects(heap)
  }

  @Test func `classes of the program have their names and their counts`() throws {
    expectPlantedObjects(try analyze(contents(ofFile: FirefoxMaterial.snapshot)))
  }

  private func expectPlantedObjects(_ heap: AnalyzedHeap) {
    let graph = heap.graph
    var counts: [String: Int] = [:]
    // Functions are named too, the classes' own among them.
    for node in graph.nodeName.elements.indices
    where graph.nodeKind[node] != NodeKind.closure.rawValue {
      counts[heap.name(of: UInt32(node)), default: 0] += 1
    }
    for (name, count) in [
      ("LeakedRecord", 200), ("Sub", 50), ("OldStyle", 60), ("MyMap", 40), ("MyErr", 30),
      ("Inner", 33), ("MyEl", 20), ("Detached MY-EL", 20), ("Detached DIV", 100),
      ("Detached SPAN", 100),
      ("(unnamed class in page.html)", 98), ("LI", 15), ("Generator", 1),
    ] {
      expect(counts[name], equals: count, "\(name)")
    }
    #expect(counts["Detached LI"] == nil)
    // Of a shadow tree nothing is known: ten elements, and their texts.
    expect(counts["B"], equals: 10)
  }

  @Test func `dominators are right, the slow way`() throws {
    let graph = try readGraph(contents(ofFile: FirefoxMaterial.snapshot))
    let heap = try HeapAnalyzer.analyze(graph)
    var random = SeededGenerator(seed: 4)
    // Taking an object away takes away what it dominates, and nothing else.
    let holders = (0..<graph.nodeCount).filter { heap.dominatesOthers(UInt32($0)) }
    for _ in 0..<40 {
      let node = UInt32(holders.randomElement(using: &random) ?? 0)
      guard node != graph.rootOrdinal else { continue }
      let reached = graph.reachable(without: node)
      let lost = (0..<graph.nodeCount).reduce(UInt64(0)) { sum, other in
        reached[other] ? sum : sum + graph.selfSize[other]
      }
      expect(heap.retainedSize(of: node), equals: lost, "node \(node)")
    }
    #expect(graph.reachable(without: nil).allSatisfy { $0 })
  }

  @Test func `a path begins at the window and names what the program named`() throws {
    let heap = try analyze(contents(ofFile: FirefoxMaterial.snapshot))
    let forest = RetainerForest(heap)
    func path(_ name: String) throws -> [String] {
      let node = heap.graph.nodeName.elements.indices.first {
        heap.className(of: UInt32($0)) == name
      }
      let first = UInt32(try #require(node))
      return try #require(forest.path(of: first)).text
    }

    try expect(path("LeakedRecord"), equals: ["Window", ".leakStore: Array", "[]: LeakedRecord"])
    try expect(
      path("Inner"),
      equals: ["Window", ".ns: Object", ".list: Array", "[]: Inner"]
    )
    try expect(
      path("Detached SPAN"),
      equals: [
        "Window", ".detached: Array", "[]: Detached HTMLDivElement",
        "{Reflected Node}: Detached DIV", "{Child Node}: Detached SPAN",
      ]
    )
  }

  @Test func `DevTools' form has the same classes with the same counts`() throws {
    let graph = try readGraph(contents(ofFile: FirefoxMaterial.snapshot))
    let text = ExportedText()
    try V8GraphExport(graph).emit(into: SnapshotTextWriter(to: text.append))
    let builder = HeapGraphBuilder()
    let reader = V8SnapshotReader(receiver: builder)
    try text.bytes.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    let exported = try HeapAnalyzer.analyze(builder.makeGraph())
    let heap = try HeapAnalyzer.analyze(graph)

    expect(exported.totalRetainedSize, equals: heap.totalRetainedSize)
    expect(
      Dictionary(uniqueKeysWithValues: exported.classes.map { ($0.key, $0.count) }),
      equals: Dictionary(uniqueKeysWithValues: heap.classes.map { ($0.key, $0.count) })
    )
  }

  private func expectFirefoxNumbers(
    _ heap: AnalyzedHeap,
    _ expected: FirefoxExpectation
  ) throws {
    let graph = heap.graph
    expect(graph.nodeID[Int(graph.rootOrdinal)], equals: expected.root)
    expect(heap.retainedSize(of: graph.rootOrdinal), equals: expected.rootRetained)

    let children = (0..<UInt32(graph.nodeCount)).filter {
      $0 != graph.rootOrdinal && heap.immediateDominator(of: $0) == graph.rootOrdinal
    }
    expect(children.count, equals: expected.rootChildCount)
    var sizes: [UInt64: UInt64] = [:]
    for child in children { sizes[graph.nodeID[Int(child)]] = heap.retainedSize(of: child) }
    expect(sizes.filter { expected.rootChildren[$0.key] != nil }, equals: expected.rootChildren)

    let census = Census(graph)
    expect(census.scripts, equals: expected.scripts)
    expect(census.strings, equals: expected.strings)
    expect(census.domNodes, equals: expected.domNodes)
    expect(census.functions, equals: expected.objects["Function"])
    expect(census.objectCount, equals: expected.objects.values.reduce(0) { $0 + $1.count })
    for name in ["Window", "HTMLDivElement", "HTMLDocument", "LexicalEnvironment", "Proxy"] {
      expect(census.byName[name], equals: expected.objects[name], "\(name)")
    }
    expect(
      census.shapes,
      equals: ["js::GetterSetter", "js::PropMap", "js::Shape", "js::BaseShape"]
        .compactMap { expected.others[$0] }
    )
  }
}

/// Firefox's census, counted in a graph of ours.
private struct Census {
  typealias Count = FirefoxExpectation.Count
  private(set) var scripts = Count(count: 0, bytes: 0)
  private(set) var strings = Count(count: 0, bytes: 0)
  private(set) var functions = Count(count: 0, bytes: 0)
  private(set) var domNodes: [String: Count] = [:]
  private(set) var byName: [String: Count] = [:]
  private(set) var objectCount: Int64 = 0

  var shapes: [Count] {
    ["js::GetterSetter", "js::PropMap", "js::Shape", "js::BaseShape"].compactMap { byName[$0] }
  }

  init(_ graph: HeapGraph) {
    let objectNames = Self.namesOfDOMNodes(graph)
    for node in 0..<graph.nodeCount {
      let name = graph.names[Int(graph.nodeName[node])]
      let size = Int64(graph.selfSize[node])
      switch NodeKind(rawValue: graph.nodeKind[node]) {
      case .code where name != "js::RegExpShared": scripts.add(size)
      case .string: strings.add(size)
      case .closure:
        functions.add(size)
        objectCount += 1
      case .native where objectNames.contains(UInt32(node)):
        domNodes[name, default: .zero].add(size)
      case .native, .object, .regularExpression:
        objectCount += 1
        byName[name, default: .zero].add(size)
      default: byName[name, default: .zero].add(size)
      }
    }
  }

  /// DOM nodes are natives that have children and parents, or are reflected by an object.
  private static func namesOfDOMNodes(_ graph: HeapGraph) -> Set<UInt32> {
    var nodes: Set<UInt32> = []
    for edge in 0..<graph.edgeCount
    where graph.edgeKind[edge] == EdgeKind.internal.rawValue {
      let name = graph.names[Int(graph.edgeName[edge])]
      if ["Child Node", "Parent Node", "Reflected Node"].contains(name) {
        nodes.insert(graph.edgeTarget[edge])
      }
    }
    return nodes
  }
}

extension FirefoxExpectation.Count {
  static let zero = Self(count: 0, bytes: 0)

  mutating func add(_ size: Int64) {
    count += 1
    bytes += size
  }
}

private final class ExportedText {
  private(set) var bytes: [UInt8] = []

  func append(_ piece: UnsafeRawBufferPointer) {
    bytes += piece
  }
}

private func analyze(_ packed: [UInt8]) throws -> AnalyzedHeap {
  try HeapAnalyzer.analyze(readGraph(packed))
}

private func readGraph(_ packed: [UInt8]) throws -> HeapGraph {
  let builder = HeapGraphBuilder()
  let reader = SpiderMonkeySnapshotReader(receiver: builder)
  var decoder = ContentDecoder(outputLimit: 1 << 30)
  try decoder.decode(packed) { piece in try piece.withUnsafeBytes { try reader.consume($0) } }
  try decoder.finish { piece in try piece.withUnsafeBytes { try reader.consume($0) } }
  try reader.finish()
  return try builder.makeGraph()
}

extension AnalyzedHeap {
  fileprivate func dominatesOthers(_ node: UInt32) -> Bool {
    dominators.subtreeCount[Int(dominators.number[Int(node)])] > 1
  }
}

extension HeapGraph {
  /// What the root reaches without going through an object.
  fileprivate func reachable(without removed: UInt32?) -> [Bool] {
    var reached = [Bool](repeating: false, count: nodeCount)
    var pending = [rootOrdinal]
    reached[Int(rootOrdinal)] = true
    while let node = pending.popLast() {
      for edge in Int(firstEdge[Int(node)])..<Int(firstEdge[Int(node) + 1]) {
        let target = edgeTarget[edge]
        guard target != removed, reached[Int(target)] == false else { continue }
        reached[Int(target)] = true
        pending.append(target)
      }
    }
    return reached
  }
}
