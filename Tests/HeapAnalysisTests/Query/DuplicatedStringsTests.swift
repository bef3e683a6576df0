import HeapAnalysis
import TestSupport
import Testing

struct DuplicatedStringsTests {
  @Test func `strings of one text are one group, however they are made`() throws {
    var text = V8SnapshotText()
    func add(_ name: String, type: String = "string", id: UInt64, size: UInt64 = 20) -> Int {
      let node = text.node(name, type: type, id: id, size: size)
      text.edge(from: 0, to: node, index: UInt32(id))
      return node
    }
    _ = add("checkout", id: 11, size: 24)
    _ = add("checkout", id: 13)
    _ = add("once", id: 15)
    _ = add("checkout", id: 17, size: 0)
    let halves = [add("check", id: 19), add("out", id: 21)]
    let joined = add("concatenated string", type: "concatenated string", id: 23, size: 32)
    text.edge(from: joined, to: halves[0], named: "first", type: "internal")
    text.edge(from: joined, to: halves[1], named: "second", type: "internal")
    let flat = add("concatenated string", type: "concatenated string", id: 25)
    text.edge(from: flat, to: add("checkout", id: 27), named: "first", type: "internal")
    text.edge(from: flat, to: add("", id: 29), named: "second", type: "internal")
    let heap = try HeapAnalyzer.analyze(text.graph())

    let groups = try DuplicatedStrings(heap).groups
    expect(groups.map(\.text), equals: ["checkout"])
    expect(groups.first?.count, equals: 4)
    expect(groups.first?.selfSize, equals: 24 + 20 + 32 + 20)
    expect(groups.first?.wastedSize, equals: 24 + 20 + 20)
    let query = ObjectQuery([.filter(.duplicatedStrings)], order: .id)
    try expect(heap.select(query).page.map(\.row.id), equals: [11, 13, 23, 27])
  }

  @Test func `strings that were cut are told apart by length and hash`() throws {
    var text = V8SnapshotText()
    for (id, length) in [(11, "5000"), (13, "5000"), (15, "6000")] {
      let node = text.node("aaaa", type: "string", id: UInt64(id), size: 20)
      text.edge(from: 0, to: node, index: UInt32(id))
      for (name, kind, value) in [("length", "int", length), ("truncated", "bool", "true")] {
        let number = text.node(kind, type: "number", size: 0)
        let shown = text.node(value, type: "string", size: 0)
        text.edge(from: node, to: number, named: name, type: "internal")
        text.edge(from: number, to: shown, named: "value", type: "internal")
      }
    }
    let heap = try HeapAnalyzer.analyze(text.graph())

    let query = ObjectQuery([.filter(.duplicatedStrings)], order: .id)
    try expect(heap.select(query).page.map(\.row.id), equals: [11, 13])
  }
}
