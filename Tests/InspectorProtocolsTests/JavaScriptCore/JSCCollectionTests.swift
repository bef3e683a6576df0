@testable import InspectorProtocols
import HeapModel
import JSONStream
import TestSupport
import Testing

/// Maps and Sets of Bun: which are worth a look, and what is left of it.
struct JSCCollectionTests {
  /// Maps with their butterflies, of these sizes; a function's code that is larger.
  private func heap(_ sizes: [Int]) -> JSCSnapshotText {
    var heap = JSCSnapshotText()
    heap.node("FunctionCodeBlock", id: 1, size: 900_000, flags: 1)
    heap.node("a \\\"name\\\" ]", id: 2)
    for (index, size) in sizes.enumerated() {
      let id = 100 + 10 * index
      heap.node("Map", id: id)
      heap.node("Cell Butterfly", id: id + 1, size: size, flags: 1)
      heap.edge(from: id, to: id + 1)
    }
    heap.node("Session", id: 7, size: 5_000, flags: 2)
    heap.edge(from: 0, to: 1)
    return heap
  }

  @Test func `the largest are found wherever the text is cut`() {
    let text = heap([2_000, 900, 70_000]).bytes
    for cut in 0...text.count {
      var finder = JSCCollectionFinder()
      finder.consume(Array(text[..<cut]))
      finder.consume(Array(text[cut...]))
      expect(finder.owners, equals: [120, 100])
      expect(finder.classes["Session"], equals: 5)
    }
  }

  @Test func `no more than 32 are worth a look, of however many`() {
    var finder = JSCCollectionFinder()
    finder.consume(heap((0..<400).map { 10_000 + ($0 * 37) % 400 }).bytes)
    expect(finder.owners.count, equals: 32)
    let sizes = finder.owners.map { 10_000 + ((Int($0) - 100) / 10 * 37) % 400 }
    expect(sizes, equals: (0..<32).map { 10_399 - $0 })
  }

  @Test(arguments: [
    #"{"version":3,"edges":[1,2,0,0],"nodes":[1,2000,0,1],"nodeClassNames":["Cell Butterfly"]}"#,
    #"{"nodes":[],"nodeClassNames":[],"edges":[]}"#, #"["nodes":["x]"#, "", "]]]][[[[",
    #"{"nodes":[99999999999999999999999999,-1,2,3,4],"nodeClassNames":["#,
  ])
  func `text of another order has nothing to find`(_ text: String) {
    var finder = JSCCollectionFinder()
    finder.consume(Array(text.utf8))
    expect(finder.owners, equals: [])
  }

  private let classes: [String: UInt32] = ["Session": 4, "string": 2, "Map": 3, "Function": 1]

  private func read(_ preview: String) throws -> CollectionPreview? {
    let payload = try JSONValue(parsing: Array(#"{"preview":\#(preview)}"#.utf8))
    return JSCCollectionPreview.read(payload, of: 9, classes: classes)
  }

  @Test func `of keys and values the names of their classes are left`() throws {
    let entry = #"{"key":{"type":"string","description":"secret"},"#
    let preview = try read(
      #"{"type":"object","description":"Map","subtype":"map","size":10000,"entries":["#
        + entry + #""value":{"type":"object","description":"Session"}},"#
        + entry + #""value":{"type":"object","subtype":"map","description":"Map"}},"#
        + entry + #""value":{"type":"function","description":"x => secret"}}]}"#
    )
    let expected = CollectionPreview(
      objectID: 9,
      entryCount: 10_000,
      classes: [
        .init(name: 1, count: 1), .init(name: 2, count: 3), .init(name: 3, count: 1),
        .init(name: 4, count: 1),
      ]
    )
    expect(preview, equals: expected)
  }

  /// An object may call itself what it likes, and the text of an error or a date is data.
  @Test(arguments: [
    #""description":"secret""#, #""subtype":"error","description":"Session""#,
    #""subtype":"regexp","description":"Session""#, #""description":7"#,
  ])
  func `what is no class of the snapshot is dropped`(_ value: String) throws {
    let entries = #"[{"value":{"type":"object",\#(value)}}]"#
    try expect(read(#"{"subtype":"set","size":1,"entries":\#(entries)}"#), equals: nil)
  }

  @Test func `what is no Map and no Set is passed over`() throws {
    let entries = #"[{"value":{"type":"object","description":"Session"}}]"#
    try expect(read(#"{"subtype":"array","size":1,"entries":\#(entries)}"#), equals: nil)
    try expect(read(#"{"subtype":"set","size":-1,"entries":\#(entries)}"#), equals: nil)
    try expect(read(#"{"subtype":"set","size":1}"#), equals: nil)
    try expect(read("7"), equals: nil)
  }
}
