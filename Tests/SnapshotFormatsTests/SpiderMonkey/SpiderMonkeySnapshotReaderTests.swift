import Compression
import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct SpiderMonkeySnapshotReaderTests {
  @Test func `reads nodes, edges, frames and names`() throws {
    let heap = smallFirefoxHeap()
    let snapshot = try recordFirefox(heap.bytes)

    let header = try #require(snapshot.header)
    expect(header.engine, equals: .spiderMonkey)
    expect(header.format, equals: "fxsnapshot")
    expect(header.root, equals: heap.id(0))
    expect(header.engineHeader.first, equals: 8)
    #expect(snapshot.isEnded)
    let names = try #require(snapshot["names"]).text
    func text(_ section: String, _ column: Int) throws -> [String] {
      try #require(snapshot[section]).columns[column].map { names[Int($0)] }
    }
    expect(names[0], equals: "")
    try expect(text("nodes", 1).suffix(3), equals: ["JSObject", "JSString", "nsIContent"])
    #expect(try text("nodes", 5).contains("Window"))
    #expect(try text("nodes", 6).contains("https://example/app.js"))
    try expect(text("nodes", 7).last, equals: "naïve-\u{1F600}")
    expect(snapshot["nodes"]?.column(.edgeCount)?.first, equals: 4)
    try expect(text("frames", 4), equals: ["main.js", "app.js"])
    try expect(text("frames", 5), equals: ["", "makeSession"])
    expect(snapshot["frames"]?.columns[0], equals: [901, 900])
    expect(snapshot["frames"]?.columns[1], equals: [0, 901])
    expect(snapshot["nodes"]?.column(.traceNode)?.filter { $0 != 0 }, equals: [900, 900])
  }

  @Test func `elements are numbers, and roots have no addresses`() throws {
    let snapshot = try recordFirefox(smallFirefoxHeap().bytes)

    let names = try #require(snapshot["names"]).text
    expect(names.contains { $0.contains("objectElements") || $0.contains("0x") }, equals: false)
    expect(names.filter { $0 == "Preserved wrapper" }.count, equals: 1)
    let edges = try #require(snapshot["edges"])
    let elements = edges.columns[0].indices.filter { edges.columns[0][$0] == 1 }
    expect(elements.map { edges.columns[1][$0] }, equals: [3, 4])
    #expect(edges.columns[0].contains(2), "the nameless edge")
  }

  @Test(arguments: [
    "objectElements[]", "objectElements[01]", "objectElements[1", "objectElements[x]",
    "objectElements[2147483648]", "objectElements[99999999999999]", "Elements[1]",
    "holder 0x12ab", "key, holder 0x12xb", "😀", "",
  ])
  func `other names stay what they are`(name: String) throws {
    var heap = SpiderMonkeyMessages()
    let object = heap.node("JSObject", className: "Object")
    heap.edge(from: 0, to: object, named: name)
    let snapshot = try recordFirefox(heap.bytes)

    let number = try #require(snapshot["edges"]?.columns[1].first)
    expect(snapshot["names"]?.text[Int(number)], equals: name)
    expect(snapshot["edges"]?.columns[0], equals: [0])
  }

  @Test func `the result is the same wherever the bytes are cut`() throws {
    let bytes = smallFirefoxHeap().bytes
    let whole = try recordFirefox(bytes)

    for cut in 0...bytes.count {
      let recorder = SnapshotRecorder()
      let reader = SpiderMonkeySnapshotReader(receiver: recorder)
      try bytes[..<cut].withUnsafeBytes { try reader.consume($0) }
      try bytes[cut...].withUnsafeBytes { try reader.consume($0) }
      try reader.finish()
      expect(recorder.snapshot, equals: whole, "cut at \(cut)")
      expect(reader.byteOffset, equals: UInt64(bytes.count))
    }
    for size in [1, 2, 3, 7] {
      try expect(recordFirefox(bytes, pieceSize: size), equals: whole, "pieces of \(size)")
    }
  }

  @Test func `tables come in parts when there is much of them`() throws {
    var heap = SpiderMonkeyMessages()
    for index in 0..<40_000 {
      let object = heap.node("JSObject", className: "Object")
      heap.edge(from: 0, to: object, named: "property \(index)")
      heap.edge(from: object, to: 0, named: "objectElements[\(index)]")
    }
    let snapshot = try recordFirefox(heap.bytes)

    func parts(_ name: String) -> [RecordedSnapshot.Section] {
      snapshot.sections.filter { $0.section.name == name }
    }
    #expect(parts("nodes").count > 1 && parts("edges").count > 2 && parts("names").count > 2)
    let graph = try graph(snapshot)
    expect(graph.nodeCount, equals: 40_001)
    expect(graph.edgeCount, equals: 80_000)
    expect(graph.names[Int(graph.edgeName[39_999])], equals: "property 39999")
    expect(graph.edgeName[79_999], equals: 39_999)
  }

  @Test(arguments: [0, 1, 2])
  func `a file is recognised, however it is packed`(packing: Int) throws {
    let bytes = smallFirefoxHeap().bytes
    var packed: [UInt8] = []
    switch packing {
    case 1:
      var compressor = try GzipCompressor()
      compressor.compress(bytes, into: &packed)
      compressor.finish(into: &packed)
    case 2:
      var compressor = try ZstdCompressor()
      try compressor.compress(bytes, into: &packed)
      try compressor.finish(into: &packed)
    default: packed = bytes
    }
    let file = try ScratchFile(packed)
    let recorder = SnapshotRecorder()
    try SnapshotFileReader(path: file.path).read(into: recorder)

    expect(recorder.snapshot, equals: (try recordFirefox(bytes)))
  }

  @Test func `it cannot be written back`() throws {
    let snapshot = try recordFirefox(smallFirefoxHeap().bytes)

    #expect(throws: SnapshotError(.unsupported, "snapshots of SpiderMonkey are not text")) {
      try write(snapshot)
    }
  }
}
