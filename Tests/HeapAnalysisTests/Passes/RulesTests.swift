import HeapAnalysis
import HeapModel
import TestSupport
import Testing

/// DevTools' special rules, each drawn by itself.
struct RulesTests {
  @Test func `a weak reference keeps nothing alive and leads nowhere`() throws {
    // root -> global ~weak~> cached
    var text = V8SnapshotText()
    let global = text.node("global")
    let cached = text.node("Cached")
    text.edge(from: 0, to: global, named: "1", type: "shortcut")
    text.edge(from: global, to: cached, named: "x", type: "weak")
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.distance(of: UInt32(cached)), equals: AnalyzedHeap.unreachableDistance)
    expect(heap.immediateDominator(of: UInt32(cached)), equals: 0)
    expect(heap.retainedSize(of: UInt32(global)), equals: 16)
  }

  @Test func `a shortcut counts for dominators at the root only`() throws {
    // root -shortcut-> bound -internal-> arguments -> leaf, and bound -shortcut-> leaf
    var text = V8SnapshotText()
    let bound = text.node("bound", type: "closure")
    let arguments = text.node("arguments")
    let leaf = text.node("Leaf")
    text.edge(from: 0, to: bound, named: "1", type: "shortcut")
    text.edge(from: bound, to: arguments, named: "bindings", type: "internal")
    text.edge(from: arguments, to: leaf, index: 0)
    text.edge(from: bound, to: leaf, named: "bound_argument_0", type: "shortcut")
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.immediateDominator(of: UInt32(bound)), equals: 0)
    expect(heap.immediateDominator(of: UInt32(leaf)), equals: UInt32(arguments))
    expect(heap.distance(of: UInt32(leaf)), equals: 2)
  }

  @Test func `of a WeakMap pair only the key keeps the value alive`() throws {
    var text = V8SnapshotText()
    let global = text.node("global")
    let key = text.node("Key", id: 11)
    let table = text.node("table", id: 13)
    let value = text.node("Value", id: 15)
    text.edge(from: 0, to: global, named: "1", type: "shortcut")
    text.edge(from: global, to: key, named: "key")
    text.edge(from: global, to: table, named: "table")
    let pair = " / part of key (Key @11) -> value (Value @15) pair in WeakMap (table @13)"
    text.edge(from: key, to: value, named: "3" + pair, type: "internal")
    text.edge(from: table, to: value, named: "4" + pair, type: "internal")
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.immediateDominator(of: UInt32(value)), equals: UInt32(key))
    // Of the two references the first one met is passed over, the second followed.
    expect(heap.distance(of: UInt32(value)), equals: 3)
  }

  @Test func `helpers give their size to their only owner`() throws {
    // object -> hidden -> array, and both objects -> shared array
    var text = V8SnapshotText()
    let first = text.node("First", size: 10)
    let second = text.node("Second", size: 10)
    let hidden = text.node("system / Thing", type: "hidden", size: 100)
    let array = text.node("", type: "array", size: 1_000)
    let shared = text.node("", type: "array", size: 7)
    for object in [first, second] {
      text.edge(from: 0, to: object, index: 1)
      text.edge(from: object, to: shared, named: "shared", type: "internal")
    }
    text.edge(from: first, to: hidden, named: "a", type: "internal")
    text.edge(from: hidden, to: array, named: "b", type: "internal")
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.selfSize(of: UInt32(first)), equals: 1_110)
    expect(heap.selfSize(of: UInt32(array)), equals: 0)
    expect(heap.selfSize(of: UInt32(shared)), equals: 7)
    expect(heap.classes.first { $0.name == "(array)" }?.count, equals: 1)
    expect(heap.totalSelfSize, equals: 1_127)
  }

  @Test func `nothing of the page hangs on what is not of the page`() throws {
    // root -shortcut-> global -> a -> b; root -> (GC roots) -> handle -> b
    var text = V8SnapshotText()
    let global = text.node("global")
    let roots = text.node("(GC roots)", type: "synthetic")
    let middle = text.node("Middle")
    let leaf = text.node("Leaf")
    let handle = text.node("Handle", type: "native")
    text.edge(from: 0, to: global, named: "1", type: "shortcut")
    text.edge(from: 0, to: roots, index: 1)
    text.edge(from: global, to: middle, named: "a")
    text.edge(from: middle, to: leaf, named: "b")
    text.edge(from: roots, to: handle, index: 1)
    text.edge(from: handle, to: leaf, named: "c")
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.immediateDominator(of: UInt32(leaf)), equals: UInt32(middle))
    expect(heap.distance(of: UInt32(handle)), equals: AnalyzedHeap.systemDistance + 2)
  }

  @Test func `detached nodes spread and get another name`() throws {
    var text = V8SnapshotText()
    let global = text.node("global")
    let wrapper = text.node("<div id=\"a\">", type: "native", detachedness: 2)
    let child = text.node("<p class=\"b\">", type: "native")
    let shown = text.node("Text", type: "native", detachedness: 1)
    text.edge(from: 0, to: global, named: "1", type: "shortcut")
    text.edge(from: global, to: wrapper, named: "a")
    text.edge(from: wrapper, to: child, named: "b")
    text.edge(from: child, to: shown, named: "c")
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.name(of: UInt32(child)), equals: "Detached <p class=\"b\">")
    expect(heap.className(of: UInt32(child)), equals: "Detached <p>")
    expect(heap.className(of: UInt32(shown)), equals: "Text")
    expect(heap.detachedState.detached, equals: [UInt32(wrapper), UInt32(child)])
    expect(heap.detachedState.attachedCount, equals: 1)
  }

  @Test func `a graph that contradicts itself is refused`() {
    let graph = HeapGraph(sketch: [[1], [7]])

    #expect(throws: AnalysisError.self) { try HeapAnalyzer.analyze(graph) }
    #expect(throws: AnalysisError.self) { try HeapAnalyzer.analyze(HeapGraph(sketch: [])) }
  }

  @Test func `a cancelled analysis is neither a success nor a failure`() async {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try HeapAnalyzer.analyze(HeapGraph(sketch: [[1], []]))
    }

    await #expect(throws: AnalysisError.cancelled) { _ = try await task.value }
  }

  @Test func `each step is told as it begins`() throws {
    var phases: [AnalysisPhase] = []
    _ = try HeapAnalyzer.analyze(HeapGraph(sketch: [[1], []])) { phases.append($0) }

    expect(phases, equals: AnalysisPhase.allCases)
  }
}
