import HeapAnalysis
import HeapModel
import TestSupport
import Testing

struct ClassTableTests {
  @Test func `objects are told apart by where their class stands`() throws {
    var text = V8SnapshotText()
    for line in [3, 3, 9] {
      let user = text.node("User")
      text.edge(from: 0, to: user, index: 1)
      text.location(of: user, script: 5, line: line, column: 2)
    }
    let heap = try HeapAnalyzer.analyze(text.graph())

    let rows = heap.classes.filter { $0.name == "User" }
    expect(Set(rows.map(\.key)), equals: ["5,3,2,User", "5,9,2,User"])
    expect(rows.map(\.count).sorted(), equals: [1, 2])
  }

  @Test func `classes that DevTools lets overwrite each other are one row that says so`() throws {
    var text = V8SnapshotText()
    for _ in 0..<3 { text.edge(from: 0, to: text.node("f", type: "closure"), index: 1) }
    text.edge(from: 0, to: text.node("Function"), index: 1)
    let heap = try HeapAnalyzer.analyze(text.graph())

    let row = try #require(heap.classes.first { $0.key == ",Function" })
    expect(row.count, equals: 4)
    // DevTools keeps the one that it saw last, which is the object.
    expect(row.countInDevTools, equals: 1)
    #expect(heap.classes.filter { $0.key != ",Function" }.allSatisfy { $0.countInDevTools == nil })
  }

  @Test func `objects dominated by one of their class are counted once`() throws {
    // root -> 1 -> 2 -> 3, all of one class
    var text = V8SnapshotText()
    let nodes = (0..<3).map { _ in text.node("Link", size: 10) }
    text.edge(from: 0, to: nodes[0], index: 1)
    text.edge(from: nodes[0], to: nodes[1], named: "next")
    text.edge(from: nodes[1], to: nodes[2], named: "next")
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.classes.first { $0.name == "Link" }?.retainedSize, equals: 30)
    expect(heap.classes.first { $0.name == "Link" }?.selfSize, equals: 30)
  }

  @Test func `plain objects are grouped by their frequent shapes`() throws {
    var text = V8SnapshotText()
    func object(_ properties: String...) -> UInt32 {
      let node = text.node("Object")
      text.edge(from: 0, to: node, index: 1)
      for property in properties { text.edge(from: node, to: 0, named: property) }
      return UInt32(node)
    }
    let pair = [object("id", "name"), object("id", "name")]
    let reversed = object("name", "id")
    let more = object("id", "name", "extra")
    let odd = [object("a,b", "__proto__"), object("a,b")]
    let single = object("nothing")
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.interfaces.map(\.name), equals: ["{id, name}", "{\"a,b\"}"])
    expect(pair.map { heap.className(of: $0) }, equals: ["{id, name}", "{id, name}"])
    expect(heap.className(of: reversed), equals: "{id, name}")
    expect(heap.className(of: more), equals: "{id, name}")
    expect(odd.map { heap.className(of: $0) }, equals: ["{\"a,b\"}", "{\"a,b\"}"])
    expect(heap.className(of: single), equals: "Object")
  }

  @Test func `an interface's name ends before 120 units of UTF-16`() throws {
    var text = V8SnapshotText()
    // Each of these counts twice its characters and half its bytes.
    let long = String(repeating: "\u{1F600}", count: 30)
    for _ in 0..<2 {
      let node = text.node("Object")
      text.edge(from: 0, to: node, index: 1)
      for property in ["a", long, long + "b"] { text.edge(from: node, to: 0, named: property) }
    }
    let heap = try HeapAnalyzer.analyze(text.graph())

    expect(heap.interfaces.map(\.name), equals: ["{a, \(long)}"])
  }

  @Test func `the largest objects come first, equals by id`() throws {
    let graph = HeapGraph(sketch: [[1, 2, 3], [4], [], [], []], selfSizes: [0, 1, 5, 5, 9])
    let heap = try HeapAnalyzer.analyze(graph)

    expect(heap.largest(4).map(\.ordinal), equals: [0, 1, 4, 2])
    #expect(heap.largest(0).isEmpty)
    expect(heap.largest(99).count, equals: 5)
  }
}
