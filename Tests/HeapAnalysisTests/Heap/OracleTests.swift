import FoundationEssentials
import HeapAnalysis
import HeapModel
import TestSupport
import Testing

/// The numbers that Chrome DevTools' own worker gave for the files beside the project.
@Suite(.enabled(if: SharedMaterial.isPresent))
struct OracleTests {
  /// Each heap is analysed in the memory that another one left.
  private static let analyzer = HeapAnalyzer()

  @Test(arguments: ["t.1", "t.3", "page"])
  func `digests, classes and statistics are those of DevTools`(name: String) throws {
    let oracle = try decode(Oracle.self, "oracle/\(name).oracle.json")
    let heap = try Self.analyzer.analyze(
      graph(
        ofFile: SharedMaterial.file("oracle/\(name).heapsnapshot.zst"),
        memory: Self.analyzer.pool
      )
    )

    expect(heap.fnv1a64(of: .selfSizes), equals: oracle.digests.self_sizes_u32.fnv1a64)
    expect(heap.fnv1a64(of: .dominators), equals: oracle.digests.dominators_u32.fnv1a64)
    expect(heap.fnv1a64(of: .retainedSizes), equals: oracle.digests.retained_f64.fnv1a64)
    expect(heap.fnv1a64(of: .distances), equals: oracle.digests.distances_i32.fnv1a64)
    expect(heap.totalRetainedSize, equals: oracle.total_size)
    expect(heap.statistics.total, equals: oracle.statistics.total)
    expect(heap.statistics.native.total, equals: oracle.statistics.native.total)
    expect(heap.statistics.native.typedArrays, equals: oracle.statistics.native.typedArrays)
    expect(heap.statistics.v8heap.code, equals: oracle.statistics.v8heap.code)
    expect(heap.statistics.v8heap.jsArrays, equals: oracle.statistics.v8heap.jsArrays)
    expect(heap.statistics.v8heap.strings, equals: oracle.statistics.v8heap.strings)
    expect(heap.statistics.v8heap.system, equals: oracle.statistics.v8heap.system)
    expect(Set(heap.classes.map(Oracle.Class.init)), equals: Set(oracle.classes))
    expect(heap.interfaces.map(\.name), equals: oracle.interface_definitions.map(\.name))
    expect(heap.interfaces.map(\.count), equals: oracle.interface_definitions.map(\.count))
    expectContexts(heap, oracle)
    expectObjects(heap, oracle)
    try expectFilters(heap, oracle)
  }

  private func expectContexts(_ heap: AnalyzedHeap, _ oracle: Oracle) {
    let contexts = heap.nativeContexts?.contexts ?? []
    let expected = oracle.native_contexts.nativeContexts
    expect(contexts.map(\.id), equals: expected.map(\.nodeId))
    expect(contexts.map(\.attributedSize), equals: expected.map(\.attributedSize))
    expect(contexts.map(\.retainedSize), equals: expected.map(\.retainedSize))
    expect(heap.nativeContexts?.sharedSize, equals: oracle.native_contexts.sharedSize)
    expect(heap.nativeContexts?.unattributedSize, equals: oracle.native_contexts.noAttributionSize)
  }

  private func expectObjects(_ heap: AnalyzedHeap, _ oracle: Oracle) {
    let largest = heap.largest(oracle.top_retained.count)
    expect(largest.map(\.id), equals: oracle.top_retained.map(\.id))
    expect(largest.map(\.retainedSize), equals: oracle.top_retained.map(\.retained))
    for sample in oracle.sample_nodes {
      let node = sample.ordinal
      expect(heap.classKey(of: node), equals: sample.classKey)
      expect(heap.graph.nodeID[Int(heap.immediateDominator(of: node))], equals: sample.idomId)
    }
  }

  private func expectFilters(_ heap: AnalyzedHeap, _ oracle: Oracle) throws {
    let filters = oracle.filters
    for (filter, expected) in [
      (DevToolsFilter.duplicatedStrings, filters.duplicatedStrings),
      (.retainedByDetachedNodes, filters.objectsRetainedByDetachedDomNodes),
      (.retainedByConsole, filters.objectsRetainedByConsole),
      (.retainedByEventHandlers, filters.objectsRetainedByEventHandlers),
      (.retainedByContexts, filters.objectsRetainedByContexts),
    ] {
      let found = try heap.select(ObjectQuery([.filter(filter), .selfSize(1...UInt64.max)]))
      expect(found.count, equals: expected.count, "\(filter)")
      expect(found.selfSize, equals: expected.`self`, "\(filter)")
      expect(found.classes.count, equals: expected.classes, "\(filter)")
    }
  }

  @Test func `comparisons and objects allocated between are those of DevTools`() throws {
    let oracle = try decode(DifferenceOracle.self, "oracle/t.diff.oracle.json")
    var heaps: [String: AnalyzedHeap] = [:]
    for file in oracle.files {
      let path = SharedMaterial.file("oracle/\(file).zst")
      heaps[file] = try Self.analyzer.analyze(
        graph(ofFile: path, memory: Self.analyzer.pool)
      )
    }

    for expected in oracle.comparisons {
      let base = try #require(heaps[expected.base])
      let main = try #require(heaps[expected.main])
      let comparison = HeapComparison.compare(base: base, main: main)
      expect(comparison.method, equals: .byID)
      expect(Set(comparison.rows.map(DifferenceOracle.Row.init)), equals: Set(expected.classes))
    }
    for expected in oracle.allocated_between {
      let first = try #require(heaps[expected.after]).largestObjectID
      let last = try #require(heaps[expected.until]).largestObjectID
      let rows = try #require(heaps[expected.seen_in])
        .classes(allocatedAfter: first, until: last)
      expect(Set(rows.map(Oracle.Class.init)), equals: Set(expected.classes))
    }
    expectPlantedLeak(heaps)
  }

  /// 150 sessions per action are planted in these files, and 150 entries of a cache that fill once.
  private func expectPlantedLeak(_ heaps: [String: AnalyzedHeap]) {
    let sorted = heaps.sorted { $0.key < $1.key }.map(\.value)
    let series = HeapSeries(sorted, areIDsComparable: true)
    let findings = series.map { LeakFinder().findings(in: $0) } ?? []
    expect(findings.map(\.className), equals: ["LeakedSession"])
    expect(findings.first?.objectsPerStep, equals: [150, 150])
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    let bytes = try contents(ofFile: SharedMaterial.file(name))
    return try JSONDecoder().decode(type, from: Data(bytes))
  }
}

private struct Oracle: Decodable {
  struct Digest: Decodable { var fnv1a64: String }
  struct Digests: Decodable {
    var self_sizes_u32: Digest
    var dominators_u32: Digest
    var retained_f64: Digest
    var distances_i32: Digest
  }
  struct Native: Decodable { var total, typedArrays: UInt64 }
  struct EngineHeap: Decodable { var code, jsArrays, strings, system: UInt64 }
  struct Statistics: Decodable {
    var total: UInt64
    var native: Native
    var v8heap: EngineHeap
  }
  struct Class: Decodable, Hashable {
    var key, name: String
    var count: Int
    var `self`, maxRet: UInt64
    var distance: Int32

    init(_ row: ClassRow) {
      key = row.key
      name = row.name
      count = row.count
      self.`self` = row.selfSize
      maxRet = row.retainedSize
      distance = row.distance
    }
  }
  struct Filter: Decodable {
    var count: Int
    var `self`: UInt64
    var classes: Int
  }
  struct Filters: Decodable {
    var duplicatedStrings: Filter
    var objectsRetainedByDetachedDomNodes: Filter
    var objectsRetainedByConsole: Filter
    var objectsRetainedByEventHandlers: Filter
    var objectsRetainedByContexts: Filter
  }
  struct Definition: Decodable {
    var name: String
    var count: Int
  }
  struct Context: Decodable { var nodeId, attributedSize, retainedSize: UInt64 }
  struct Contexts: Decodable {
    var nativeContexts: [Context]
    var sharedSize, noAttributionSize: UInt64
  }
  struct Object: Decodable {
    var ordinal: UInt32
    var id, retained, idomId: UInt64
    var classKey: String
  }

  var digests: Digests
  var total_size: UInt64
  var statistics: Statistics
  var classes: [Class]
  var filters: Filters
  var interface_definitions: [Definition]
  var native_contexts: Contexts
  var top_retained: [Object]
  var sample_nodes: [Object]
}

private struct DifferenceOracle: Decodable {
  struct Row: Decodable, Hashable {
    var key, name: String
    var addedCount, removedCount: Int
    var addedSize, removedSize: UInt64

    init(_ row: HeapComparison.Row) {
      key = row.key
      name = row.name
      addedCount = row.addedCount
      removedCount = row.removedCount
      addedSize = row.addedSize
      removedSize = row.removedSize
    }
  }
  struct Comparison: Decodable {
    var base, main: String
    var classes: [Row]
  }
  struct Between: Decodable {
    var after, until, seen_in: String
    var classes: [Oracle.Class]
  }

  var files: [String]
  var comparisons: [Comparison]
  var allocated_between: [Between]
}
