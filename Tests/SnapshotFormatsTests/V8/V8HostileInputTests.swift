import HeapModel
import SnapshotFormats
import TestSupport
import Testing

/// A snapshot may come from anybody: whatever the bytes are, the answer is a graph or an error that
/// says where.
struct V8HostileInputTests {
  @Test(arguments: V8SnapshotText.Style.allCases)
  func `every beginning of a snapshot is an error that says it ended`(
    style: V8SnapshotText.Style
  ) {
    let bytes = smallHeap(style).bytes

    for length in stride(from: 0, to: bytes.count, by: style == .chromium ? 1 : 11) {
      let error = failure(Array(bytes[..<length]))
      expect(error?.code, equals: .truncated, "\(length) bytes: \(String(describing: error))")
      expect(error?.byteOffset, equals: UInt64(length))
    }
  }

  @Test func `changed bytes give a graph or an error, never a trap`() {
    var random = SeededGenerator(seed: 26)
    let bytes = smallHeap(.chromium).bytes
    let replacements = Array("0123456789-,[]{}\":\\ue.\n \u{FF}".utf8)
    var failures = 0

    for _ in 0..<1_000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<changed.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: changed[place] = replacements.randomElement(using: &random) ?? 0
        case 1: changed.remove(at: place)
        default: changed.insert(replacements.randomElement(using: &random) ?? 0, at: place)
        }
      }
      failures += failure(changed) == nil ? 0 : 1
    }
    #expect(failures > 300)
  }

  @Test(arguments: [
    ("\"nodes\":[9,", "\"nodes\":[99,", "node 0 has type 99, allowed: 0 to 14"),
    ("\"edges\":[2,4,6", "\"edges\":[2,4,7", "to_node 7 is no multiple of 6"),
    ("\"edges\":[2,4,6", "\"edges\":[2,4,18", "edge 0 has target 3, allowed: 0 to 2"),
    ("\"edges\":[2,4,6", "\"edges\":[7,4,6", "edge 0 has type 7, allowed: 0 to 6"),
    ("\"edges\":[2,4,6", "\"edges\":[2,-2,6", "edge 0 has name -2, allowed: 0 to 4294967295"),
    ("\"edges\":[2,4,6", "\"edges\":[2,200,6", "a reference to number 200 of 6 strings"),
    ("\"edges\":[2,4,6", "\"edges\":[2,2.5,6", "expected a whole number, found a fraction"),
    ("\"edges\":[2,4,6", "\"edges\":[2,2e400,6", "expected a whole number, found a fraction"),
    ("\"edges\":[2,4,6", "\"edges\":[2,9223372036854775808,6", "a number of more than 63 bits"),
    ("\"edges\":[2,4,6", "\"edges\":[2,true,6", "expected a whole number, found 't'"),
    ("\"edges\":[2,4,6", "\"edges\":[2,,6", "expected a whole number, found ','"),
    ("],\n\"trace_f", ",2,4],\n\"trace_f", "the last row has 2 of 3 values"),
    ("\"edges\":[2,4,6,1", "\"edges\":[2,4,6,2,4,6,1", "the header says 3 edges, but there are 4"),
    ("\"nodes\":[9,1,1,0,2", "\"nodes\":[9,1,1,0,3", "the nodes have 4 edges together, but there"),
    ("\"nodes\":[9,1,1,0,2", "\"nodes\":[9,1,1,-1,2", "node 0 has self size -1, allowed: 0 to"),
    ("\"node_count\":3", "\"node_count\":4", "the header says 4 nodes, but there are 3"),
    ("\"node_count\":3", "\"node_count\":9007199254740992", "9007199254740992 nodes, more than"),
    ("\"node_count\":3", "\"node_count\":-1", "'node_count' is no count"),
    ("\"node_count\":3", "\"node_count\":2.5", "'node_count' is no count"),
    ("\"node_count\":3", "\"node_count\":NaN", "expected a value, found 'N'"),
    ("\"node_count\":3", "\"node_count\":1e400", "a number beyond the range of a double"),
    ("\"edge_count\":3", "\"edge_count\":9007199254740992", "9007199254740992 edges, more than"),
    ("\"node_count\":3", "\"root_index\":18,\"node_count\":3", "the root is node 3 of 3"),
    ("\"node_count\":3", "\"root_index\":5,\"node_count\":3", "root_index 5 is no node"),
    ("{\"meta\":", "{\"mete\":", "'snapshot' has no 'meta'"),
    ("\"edge_count\",", "\"edges\",", "'node_fields' of 'meta' has 0 fields for the edgeCount"),
    (
      "[\"type\",\"name_or", "[\"typo\",\"name_or",
      "'edge_fields' of 'meta' has 0 fields for the ty"
    ),
    ("{\"snapshot\"", "\u{FEFF}{\"snapshot\"", "not a heap snapshot: it begins with a byte order"),
    ("\"nodes\":[", "\"nodes\":[],\"nodes\":[", "'nodes' stands in the snapshot twice"),
    ("\"nodes\":[", "\"nodes\":{", "expected '[', found '{'"),
    ("\"strings\":[", "\"strange\":[", "the snapshot has no 'strings'"),
    ("\"strings\":[", "\"strings\":[1,", "expected a string or ']', found '1'"),
    ("\"<dummy>\"", "\"\u{1}\"", "a control character inside a string"),
    ("\"<dummy>\"", "\"\\u12G4\"", "\\u without four hexadecimal digits"),
    ("\"<dummy>\"", "\"\\x\"", "an unknown escape in a string"),
    ("\"trace_tree\":[]", "\"trace_tree\":[1,]", "expected a value, found ']'"),
    ("\"trace_tree\":[]", "\"trace_tree\":[}", "expected a value or ']', found '}'"),
  ])
  func `a lie is named`(_ original: String, _ replacement: String, _ message: String) throws {
    var text = smallHeap(.node24).text
    let range = try #require(text.firstRange(of: original), "\(original) stands in \(text)")
    text.replaceSubrange(range, with: replacement)

    let error = try #require(failure(Array(text.utf8)))
    #expect(error.message.hasPrefix(message), "\(error)")
    #expect(error.byteOffset != nil)
  }

  @Test func `errors say where`() throws {
    let text = smallHeap(.node24).text
    let place = try #require(text.firstRange(of: "\"edges\":["))
    let spoiled = text.replacing("\"edges\":[2,4,6", with: "\"edges\":[2,4,7")
    let offset = text.utf8.distance(from: text.startIndex, to: place.upperBound)

    expect(failure(Array(spoiled.utf8))?.byteOffset, equals: UInt64(offset))
  }

  @Test func `raw bytes of strings must be UTF-8`() throws {
    let bytes = smallHeap(.node24).bytes
    let place = try #require(smallHeap(.node24).text.utf8.firstRange(of: "<dummy>".utf8))
    let offset = smallHeap(.node24).text.utf8.distance(
      from: smallHeap(.node24).text.startIndex,
      to: place.lowerBound
    )
    for wrong: [UInt8] in [[0xFF], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xF5, 0x80]] {
      let error = failure(bytes[..<offset] + wrong + bytes[offset...])
      expect(error?.message, equals: "text that is not UTF-8", "\(wrong)")
    }
  }

  @Test func `depth and lengths are bounded`() {
    var heap = smallHeap(.node24)
    heap.extraMembers = ["\"deep\":" + String(repeating: "[", count: 1_000_000)]
    expect(failure(heap.bytes)?.code, equals: .tooLarge)

    heap.extraMembers = ["\"\(String(repeating: "k", count: 300))\":1"]
    expect(failure(heap.bytes)?.message, equals: "a key of more than 256 bytes")

    heap.extraMembers = (0..<70).map { "\"k\($0)\":1" }
    expect(failure(heap.bytes)?.message, equals: "more than 64 sections in a snapshot")

    var limits = SnapshotReadingLimits()
    limits.stringByteCount = 4
    #expect(throws: SnapshotError.self) {
      let reader = V8SnapshotReader(limits: limits, receiver: SnapshotRecorder())
      try smallHeap(.node24).bytes.withUnsafeBytes { try reader.consume($0) }
    }
    limits = SnapshotReadingLimits(byteCount: 100)
    #expect(throws: SnapshotError.self) {
      let reader = V8SnapshotReader(limits: limits, receiver: SnapshotRecorder())
      try smallHeap(.node24).bytes.withUnsafeBytes { try reader.consume($0) }
    }
    limits = SnapshotReadingLimits(nodeCount: 2)
    #expect(throws: SnapshotError.self) {
      let reader = V8SnapshotReader(limits: limits, receiver: SnapshotRecorder())
      try smallHeap(.node24).bytes.withUnsafeBytes { try reader.consume($0) }
    }
  }

  @Test func `beginnings of a snapshot of many batches are errors that say where`() {
    var heap = V8SnapshotText(style: .node24)
    for number in 0..<5_000 {
      heap.edge(from: number, to: heap.node("Session", size: 32), named: "next")
    }
    let bytes = heap.bytes
    #expect(bytes.count > 100 << 10)
    var random = SeededGenerator(seed: 100)

    for _ in 0..<40 {
      let length = Int.random(in: 0..<bytes.count, using: &random)
      let error = failure(Array(bytes[..<length]))
      expect(error?.code, equals: .truncated, "\(length) bytes: \(String(describing: error))")
      expect(error?.byteOffset, equals: UInt64(length))
    }
  }

  @Test func `lines may end as on Windows`() throws {
    let text = smallHeap(.node20).text
    let plain = try record(Array(text.utf8))
    let other = try record(Array(text.replacing("\n,", with: "\r\n,").utf8))

    #expect(text.contains("\n,"))
    expect(other["nodes"], equals: plain["nodes"])
    expect(other["edges"], equals: plain["edges"])
  }

  @Test func `text behind the snapshot is refused, white space is not`() {
    let bytes = smallHeap(.node24).bytes

    #expect(failure(bytes + Array(" \n".utf8)) == nil)
    expect(
      failure(bytes + Array("{}".utf8))?.message,
      equals: "expected nothing behind the snapshot, found '{'"
    )
  }
}
