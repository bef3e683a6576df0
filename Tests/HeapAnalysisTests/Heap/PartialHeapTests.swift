import HeapAnalysis
import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct PartialHeapTests {
  /// The graph of some bytes, as far as they are there.
  private func part(of bytes: ArraySlice<UInt8>) throws -> HeapGraph {
    let builder = HeapGraphBuilder()
    let reader = V8SnapshotReader(receiver: builder)
    var failure: SnapshotError?
    do {
      try bytes.withUnsafeBytes { try reader.consume($0) }
      try reader.finish()
    } catch let error as SnapshotError {
      failure = error
    }
    return try builder.makePartialGraph(after: failure, end: UInt64(bytes.count))
  }

  // root -> list -> sessions, each to the one before and to the list
  private var heap: V8SnapshotText {
    var heap = V8SnapshotText(style: .chromium)
    let list = heap.node("Array", size: 16)
    heap.edge(from: 0, to: list, named: "list")
    var last = list
    for index in 0..<6 {
      let session = heap.node("Session", size: 32)
      heap.edge(from: list, to: session, index: UInt32(index))
      heap.edge(from: session, to: last, named: "before")
      heap.edge(from: session, to: list, named: "list")
      last = session
    }
    return heap
  }

  @Test func `every part has its own dominators and sizes, and the whole the same as ever`() throws
  {
    let bytes = heap.bytes
    let whole = try HeapAnalyzer.analyze(heap.graph())
    let asked = try HeapAnalyzer.analyze(part(of: bytes[...]))
    for array in DigestedArray.allCases {
      expect(asked.fnv1a64(of: array), equals: whole.fnv1a64(of: array))
    }

    var nodeCounts: Set<Int> = []
    for length in 0..<bytes.count {
      guard let graph = try? part(of: bytes[..<length]) else { continue }
      let heap = try HeapAnalyzer.analyze(graph)
      nodeCounts.insert(graph.nodeCount)
      expect(
        heap.retainedSize(of: graph.rootOrdinal),
        equals: heap.totalSelfSize,
        "\(length) bytes"
      )
    }
    expect(nodeCounts, equals: Set(1...8), "a part for each node whose edges came")
  }
}
