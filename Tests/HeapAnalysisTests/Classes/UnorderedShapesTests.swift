import HeapAnalysis
import HeapModel
import SnapshotFormats
import TestSupport
import Testing

/// JavaScriptCore tells the properties of an object in any order.
struct UnorderedShapesTests {
  @Test func `objects with the same properties are of one class, called the same each time`() throws
  {
    // Rows of id, size, class, flags; of source, target, type (1 property), name.
    var nodes = [[0, 0, 0, 0], [1, 16, 1, 0]]
    var edges = [[0, 1, 0, 0]]
    for index in 0..<10 {
      let id = 10 + index
      nodes.append([id, 48, 2, 0])
      edges.append([1, id, 2, index])
      let properties = [[id, 1, 1, 0], [id, 1, 1, 1]]
      edges += index.isMultiple(of: 2) ? properties : properties.reversed()
    }
    let text = """
      {"version":3,"type":"Inspector","nodes":\(nodes.flatMap { $0 }),\
      "nodeClassNames":["<root>","GlobalObject","Object"],"edges":\(edges.flatMap { $0 }),\
      "edgeTypes":["Internal","Property","Index","Variable"],"edgeNames":["value","next"]}
      """
    let builder = HeapGraphBuilder()
    let reader = try SnapshotTextReader(receiver: builder)
    try Array(text.utf8).withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    let heap = try HeapAnalyzer.analyze(builder.makeGraph())

    expect(heap.interfaces.map(\.name), equals: ["{next, value}"])
    expect(heap.interfaces.map(\.count), equals: [10])
  }
}
