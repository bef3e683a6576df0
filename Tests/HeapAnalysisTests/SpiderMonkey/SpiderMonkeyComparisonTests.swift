import HeapAnalysis
import HeapModel
import SnapshotFormats
import TestSupport
import Testing

/// Snapshots of Firefox are compared by class, since their ids are addresses.
struct SpiderMonkeyComparisonTests {
  /// Window -cache-> Array -[n]-> Session, `count` of them, with addresses from `base` on.
  private func heap(count: Int, base: UInt64) throws -> AnalyzedHeap {
    var heap = SpiderMonkeyMessages()
    let (function, _, shape) = heap.classFunction()
    let window = heap.node("JSObject", className: "Window", size: 400)
    let cache = heap.node("JSObject", className: "Array", size: 64)
    heap.edge(from: 0, to: window, named: "active window global")
    heap.edge(from: window, to: function, named: "Session")
    heap.edge(from: window, to: cache, named: "cache")
    for index in 0..<count {
      let session = heap.node(
        "JSObject",
        className: "Object",
        id: base + UInt64(index) * 64,
        size: 64
      )
      heap.edge(from: session, to: shape, named: "shape")
      heap.edge(from: cache, to: session, named: "objectElements[\(index)]")
    }
    let builder = HeapGraphBuilder()
    let reader = SpiderMonkeySnapshotReader(receiver: builder)
    try heap.bytes.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    return try HeapAnalyzer.analyze(builder.makeGraph())
  }

  @Test func `two are compared by class, even where ids are equal`() throws {
    let base = try heap(count: 20, base: 0x2000_0000)
    let main = try heap(count: 70, base: 0x2000_0000)

    expect(ObjectIdentity.areIDsComparable(base, main), equals: false)
    let comparison = HeapComparison.compare(base: base, main: main)
    let session = try #require(comparison.rows.first { $0.name == "Session" })
    expect(comparison.method, equals: .byClass)
    #expect(comparison.reasonAgainstIDs.contains("ids are addresses"))
    expect(session.countDelta, equals: 50)
    expect(session.sizeDelta, equals: 50 * 64)
  }

  @Test func `what grows on every step is found, with a path from the window`() throws {
    let heaps = try [100, 200, 300].map { try heap(count: $0, base: 0x2000_0000 + UInt64($0)) }
    let series = try #require(HeapSeries(heaps, areIDsComparable: false))
    let findings = LeakFinder().findings(in: series)

    let finding = try #require(findings.first)
    expect(findings.count, equals: 1)
    expect(finding.className, equals: "Session")
    expect(finding.certainty, equals: .likely)
    expect(finding.family, equals: "Session@cache")
    expect(finding.objectsPerStep, equals: [100, 100])
    expect(finding.retainerPath, equals: ["Window", ".cache: Array", "[]: Session"])
  }
}
