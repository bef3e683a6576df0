import HeapAnalysis
import HeapModel
import TestSupport
import Testing

/// The analysis against the slow and certain way, on heaps that come again with their seed.
struct RandomHeapTests {
  @Test(arguments: 0..<6) func `all numbers are those of the rules`(batch: Int) throws {
    for seed in UInt64(batch * 20)..<UInt64(batch * 20 + 20) {
      let graph = try RandomHeap(seed: seed).text.graph()
      let heap = try HeapAnalyzer.analyze(graph)
      let slow = SlowAnalysis(graph)
      let nodes = (0..<UInt32(graph.nodeCount))

      expect(nodes.map { heap.name(of: $0) }, equals: slow.nodes.map(slow.name), "seed \(seed)")
      expect(nodes.map { heap.selfSize(of: $0) }, equals: slow.selfSizes, "seed \(seed)")
      expect(nodes.map { heap.distance(of: $0) }, equals: slow.distances, "seed \(seed)")
      expect(
        nodes.map { Int(heap.immediateDominator(of: $0)) },
        equals: slow.dominators,
        "seed \(seed)"
      )
      expect(nodes.map { heap.retainedSize(of: $0) }, equals: slow.retainedSizes, "seed \(seed)")
      expectContexts(heap, slow, seed)
      expectClasses(heap, slow, seed)
      expectStatistics(heap, slow, seed)
    }
  }

  private func expectContexts(_ heap: AnalyzedHeap, _ slow: SlowAnalysis, _ seed: UInt64) {
    let contexts = slow.nodes.filter(slow.isContext)
    guard let found = heap.nativeContexts else {
      #expect(contexts.isEmpty, "seed \(seed)")
      return
    }
    func size(_ owner: Int?) -> UInt64 {
      slow.nodes.filter { slow.contexts[$0] == owner }.reduce(0) { $0 + slow.selfSizes[$1] }
    }
    expect(found.contexts.map { Int($0.ordinal) }, equals: contexts, "seed \(seed)")
    expect(found.contexts.map(\.attributedSize), equals: contexts.map(size), "seed \(seed)")
    expect(found.sharedSize, equals: size(-1), "seed \(seed)")
    expect(found.unattributedSize, equals: size(nil), "seed \(seed)")
  }

  private func expectClasses(_ heap: AnalyzedHeap, _ slow: SlowAnalysis, _ seed: UInt64) {
    let members = Dictionary(grouping: slow.nodes) { heap.classKey(of: UInt32($0)) }
    for (key, nodes) in members {
      let sized = nodes.filter { slow.selfSizes[$0] > 0 }
      let row = heap.classes.first { $0.key == key }
      expect((row?.count ?? 0), equals: sized.count, "\(key), seed \(seed)")
      expect(
        (row?.selfSize ?? 0),
        equals: sized.reduce(0) { $0 + slow.selfSizes[$1] },
        "\(key), seed \(seed)"
      )
      expect(
        (row?.retainedSize ?? 0),
        equals: slow.retainedSize(ofAll: Set(nodes)),
        "\(key), seed \(seed)"
      )
      expect(row?.distance, equals: sized.map { slow.distances[$0] }.min(), "\(key), seed \(seed)")
    }
  }

  private func expectStatistics(_ heap: AnalyzedHeap, _ slow: SlowAnalysis, _ seed: UInt64) {
    func size(_ kinds: NodeKind...) -> UInt64 {
      slow.nodes.filter { kinds.contains(slow.kind($0)) }.reduce(0) { $0 + slow.selfSizes[$1] }
    }
    let statistics = heap.statistics
    expect(statistics.native.total, equals: size(.native) + heap.graph.extraNativeBytes)
    expect(statistics.v8heap.code, equals: size(.code))
    expect(statistics.v8heap.system, equals: size(.hidden))
    expect(statistics.v8heap.strings, equals: size(.string, .concatenatedString, .slicedString))
    expect(statistics.v8heap.jsArrays, equals: slow.arraySize(), "seed \(seed)")
    expect(statistics.total, equals: slow.selfSizes.reduce(0, +) + heap.graph.extraNativeBytes)
  }

  /// Each value's semidominator is the owner, which it would reach over the whole list.
  @Test func `a long list beside an index of its values costs no climb of its length`() throws {
    let count = 30_000
    var text = V8SnapshotText()
    let owner = text.node("Owner", id: 3)
    text.edge(from: 0, to: owner, index: 1)
    let links = (0..<count).map { text.node("Link", id: 101 + 4 * UInt64($0)) }
    let values = (0..<count).map { text.node("Value", id: 103 + 4 * UInt64($0)) }
    let index = text.node("Index", id: 5)
    text.edge(from: owner, to: index, named: "index")
    // The last is walked first: the values hang on the list, not on the index.
    text.edge(from: owner, to: links[0], named: "head")
    for place in 0..<count {
      if place + 1 < count { text.edge(from: links[place], to: links[place + 1], named: "next") }
      text.edge(from: links[place], to: values[place], named: "value")
      text.edge(from: index, to: values[place], index: UInt32(place))
    }
    let heap = try HeapAnalyzer.analyze(text.graph())

    for place in 0..<count {
      let above = place == 0 ? owner : links[place - 1]
      expect(heap.immediateDominator(of: UInt32(links[place])), equals: UInt32(above))
      expect(heap.immediateDominator(of: UInt32(values[place])), equals: UInt32(owner))
    }
  }

  @Test func `the rules are the same for every engine`() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<200 {
      let count = Int.random(in: 1...14, using: &random)
      let sketch = (0..<count).map { _ in
        (0..<Int.random(in: 0...3, using: &random)).map { _ in
          UInt32.random(in: 0..<UInt32(count), using: &random)
        }
      }
      let graph = HeapGraph(sketch: sketch, engine: .javaScriptCore)
      let heap = try HeapAnalyzer.analyze(graph)
      let slow = SlowAnalysis(graph)
      let nodes = (0..<UInt32(count))

      expect(nodes.map { heap.distance(of: $0) }, equals: slow.distances, "\(sketch)")
      expect(
        nodes.map { Int(heap.immediateDominator(of: $0)) },
        equals: slow.dominators,
        "\(sketch)"
      )
      expect(nodes.map { heap.retainedSize(of: $0) }, equals: slow.retainedSizes, "\(sketch)")
    }
  }
}
