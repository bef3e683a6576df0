import HeapModel
import SnapshotFormats
import TestSupport
import Testing

/// Of a snapshot that breaks off what is there is a graph, and is called a part of one.
struct PartialSnapshotTests {
  enum Sample: String, CaseIterable {
    case node20, chromium, inspector, debugging, firefox

    var bytes: [UInt8] {
      switch self {
      case .node20: smallHeap(V8SnapshotText.Style.node20).bytes
      case .chromium: smallHeap(V8SnapshotText.Style.chromium).bytes
      case .inspector: smallHeap("Inspector").bytes
      case .debugging: smallHeap("GCDebugging").bytes
      case .firefox: smallFirefoxHeap().bytes
      }
    }

    /// What there is of some bytes, and what ended their reading.
    func part(of bytes: [UInt8]) throws -> HeapGraph {
      let builder = HeapGraphBuilder()
      var failure: SnapshotError?
      do {
        if self == .firefox {
          try readFirefox(bytes, into: builder)
        } else {
          try read(bytes, into: builder)
        }
      } catch let error as SnapshotError {
        failure = error
      }
      return try builder.makePartialGraph(after: failure, end: UInt64(bytes.count))
    }
  }

  @Test(arguments: Sample.allCases)
  func `every beginning is an error or a part that says so, and the whole is no part`(
    sample: Sample
  ) throws {
    let bytes = sample.bytes
    let whole = try sample.part(of: bytes)
    #expect(whole.partial == nil)
    let wholeIDs = Set(whole.nodeID.elements)
    var parts = 0
    var most = 0

    for length in 0..<bytes.count {
      guard let part = try? sample.part(of: Array(bytes[..<length])) else { continue }
      parts += 1
      most = max(most, part.engineNodeCount)
      let nodeCount = UInt32(part.nodeCount)
      let isSound =
        part.partial.map { $0.byteOffset <= UInt64(length) } == true
        && part.nodeID.elements.allSatisfy {
          $0 == HeapGraph.unknownHolderID || wholeIDs.contains($0)
        }
        && part.edgeTarget.elements.allSatisfy { $0 < nodeCount }
        && part.nodeName.elements.allSatisfy { Int($0) < part.names.count }
        && part.rootOrdinal < nodeCount
      #expect(isSound, "\(length) bytes: \(String(describing: part.partial))")
    }
    #expect(parts > 10)
    // Firefox has nothing behind the last node.
    let last = sample == .firefox ? 1 : 0
    expect(most, equals: whole.engineNodeCount - last, "all nodes are there before the last byte")
  }

  @Test func `nodes stay as far as their edges came, with the names that came`() throws {
    var heap = V8SnapshotText()
    for index in 1...3 {
      heap.edge(from: 0, to: heap.node("Session\(index)", size: 32), index: UInt32(index))
    }
    heap.edge(from: 1, to: 2, named: "next")
    heap.edge(from: 2, to: 3, named: "next")
    heap.edge(from: 3, to: 1, named: "last")
    let text = heap.text
    // Edges: three of the root, then one of each session. The last has not come.
    let edges = try #require(text.firstRange(of: "\"edges\":["))
    let rows = text[edges.upperBound...].prefix { $0 != "]" }.split(separator: ",")
    let cut = "\(text[..<edges.upperBound])\(rows.prefix(16).joined(separator: ","))"
    let part = try Sample.node20.part(of: Array(cut.utf8))

    expect(part.nodeCount, equals: 3)
    expect(part.edgeCount, equals: 3, "two of the root, one of the first session")
    expect(part.names[Int(part.nodeName[1])], equals: PartialReading.missingName)
    expect(
      part.partial,
      equals: PartialReading(
        byteOffset: UInt64(cut.utf8.count),
        reason: "the snapshot ends too early",
        declaredNodeCount: 4,
        omittedNodeCount: 1,
        omittedEdgeCount: 2,
        lacksNames: true
      )
    )

    let shortOfNames = Array(text.utf8.dropLast(12))
    let named = try Sample.node20.part(of: shortOfNames)
    #expect(named.nodeCount == 4 && named.edgeCount == 6)
    expect(named.names[Int(named.nodeName[1])], equals: "Session1")
  }

  @Test func `damage in the middle ends it there, with what stands in front`() throws {
    let text = smallHeap(.node24).text
    let damaged = text.replacing("\"locations\":[6", with: "\"locations\":[!6")
    let part = try Sample.node20.part(of: Array(damaged.utf8))
    let place = try #require(damaged.utf8.firstIndex(of: UInt8(ascii: "!")))

    #expect(part.nodeCount == 3 && part.edgeCount == 3)
    expect(
      part.partial?.byteOffset,
      equals: UInt64(damaged.utf8.distance(from: damaged.startIndex, to: place))
    )
    expect(part.partial?.reason, equals: "expected a whole number, found '!'")
    expect(part.partial?.omittedNodeCount, equals: 0)
  }

  @Test(arguments: [
    // What a table's numbers mean, and how they are written.
    ("Inspector", "\"Variable\"]", "\"Variables\" \"]", "edge type 'Variables'"),
    // The same of a nested value, whose reader knows no places.
    ("node20", "\"trace_tree\":[", "\"trace_tree\":[\"a\":1,", "the tree of allocations: neither"),
    // What is no number is one to nobody before its end.
    ("node20", "\"trace_tree\":[", "\"trace_tree\":[1,0,0+0,", "not a number"),
    ("node20", "\"trace_tree\":[", "\"trace_tree\":[1,99999999999999999999+,", "not a number"),
    ("node20", "\"trace_tree\":[", "\"trace_tree\":[1,99999999999999999999,", "the tree of alloc"),
    ("node20", "\"trace_tree\":[", "\"trace_tree\":[1,-2,", "the tree of allocations: a number"),
    ("node20", "\"trace_tree\":[", "\"trace_tree\":[1,trux,", "the tree of allocations: neither"),
  ])
  func `two errors in one member are the same one wherever the text is cut`(
    heap: String,
    whole: String,
    damaged: String,
    message: String
  ) throws {
    let text = (heap == "node20" ? smallHeap(.node20).text : smallHeap(heap).text)
      .replacing(whole, with: damaged)
    var errors: Set<SnapshotError> = []
    for pieceSize in [1, 7, 37, Int.max] {
      do {
        try read(Array(text.utf8), pieceSize: pieceSize, into: HeapGraphBuilder())
      } catch let error as SnapshotError {
        errors.insert(error)
      }
    }
    #expect(errors.count == 1 && errors.first?.message.hasPrefix(message) == true, "\(errors)")
  }

  @Test func `a source position of an object that is not there makes a part`() throws {
    var snapshot = try record(smallHeap(.node24).bytes)
    let index = try #require(snapshot.sections.firstIndex { $0.section.name == "locations" })
    // The first column is the object.
    snapshot.sections[index].columns[0][0] = 99
    let builder = HeapGraphBuilder()
    try snapshot.replay(into: builder)
    let part = try builder.makePartialGraph(after: nil, end: 7)

    #expect(throws: SnapshotError.self) { try graph(snapshot) }
    expect(part.partial?.reason, equals: "source positions of nodes that are not there")
  }

  @Test func `a reference to what is not there is left out and counted`() throws {
    var heap = smallHeap("Inspector")
    heap.edge(from: 40, to: 99, named: "gone")
    let part = try Sample.inspector.part(of: heap.bytes)

    expect(failure(heap.bytes)?.message, equals: "an edge to node 99, which does not exist")
    expect(part.engineNodeCount, equals: 7)
    expect(part.partial?.omittedEdgeCount, equals: 1)
    expect(part.partial?.reason, equals: "what it refers to is not in it")
  }

  @Test(arguments: [("gzip -k", "gz"), ("zstd -q", "zst")])
  func `a packed file is read as far as it can be unpacked`(
    pack: String,
    ending: String
  ) throws {
    let folder = TemporaryFolder()
    let bytes = smallHeap(.node24).bytes
    try folder.write("heap", bytes)
    let file = folder.file("heap")
    // What is cut off is of the checksum.
    _ = Proof.shell("\(pack) '\(file)' && head -c -2 '\(file).\(ending)' > '\(file).cut'")
    let builder = HeapGraphBuilder()
    let extent = try SnapshotFileReader(path: file + ".cut").readWhatIsThere(into: builder)
    let part = try builder.makePartialGraph(after: extent.failure, end: extent.byteCount)

    expect(extent.failure?.code, equals: .truncated)
    #expect(part.nodeCount == 3 && part.edgeCount == 3)
    expect(part.partial?.byteOffset, equals: UInt64(bytes.count))
    #expect(throws: SnapshotError.self) {
      try SnapshotFileReader(path: folder.file("absent")).readWhatIsThere(into: builder)
    }
  }
}
