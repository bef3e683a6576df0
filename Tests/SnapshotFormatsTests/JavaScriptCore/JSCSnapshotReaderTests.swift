import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct JSCSnapshotReaderTests {
  static let variants = [
    ("Inspector", 2), ("Inspector", 3), ("GCDebugging", 2), ("GCDebugging", 3),
  ]

  @Test(arguments: variants)
  func `reads both kinds and versions`(kind: String, version: Int) throws {
    let snapshot = try record(smallHeap(kind, version: version).bytes)

    let header = try #require(snapshot.header)
    expect(header.engine, equals: .javaScriptCore)
    expect(header.format, equals: "jsc-\(kind.lowercased())-\(version)")
    expect(
      String(decoding: header.engineHeader, as: UTF8.self),
      equals: "{\"version\":\(version),\"type\":\"\(kind)\"}"
    )
    expect(snapshot["nodes"]?.column(.identifier), equals: [0, 40, 7, 12, 30, 31, 5])
    expect(snapshot["edges"]?.column(.source), equals: [0, 0, 7, 30, 30, 40])
    expect(snapshot["nodeClassNames"]?.text.first, equals: "<root>")
    expect(snapshot["edgeNames"]?.text, equals: ["global", "sessions", "run"])
  }

  @Test func `addresses are numbers, and roots and labels are kept`() throws {
    let snapshot = try record(smallHeap("GCDebugging").bytes)

    let nodes = try #require(snapshot["nodes"])
    expect(nodes.section.fields.count, equals: 7)
    expect(nodes.columns[5][1], equals: 0x7fe5040)
    expect(nodes.columns[6], equals: Array(repeating: 0, count: 7))
    expect(snapshot["roots"]?.columns, equals: [[0], [0], [0]])
    expect(snapshot["labels"]?.section.role, equals: .labels)
  }

  @Test(arguments: variants)
  func `the result is the same wherever the bytes are cut`(kind: String, version: Int) throws {
    let bytes = smallHeap(kind, version: version).bytes
    let whole = try record(bytes)

    for cut in 0...bytes.count {
      try expect(record(bytes, cutAt: cut), equals: whole, "cut at \(cut)")
    }
    try expect(record(bytes, pieceSize: 1), equals: whole)
  }

  @Test(arguments: ["Inspector", "GCDebugging"])
  func `every beginning of a snapshot is an error that says it ended`(kind: String) {
    let bytes = smallHeap(kind).bytes

    for length in 0..<bytes.count {
      let error = failure(Array(bytes[..<length]))
      expect(error?.code, equals: .truncated, "\(length) bytes: \(String(describing: error))")
    }
  }

  @Test(arguments: ["Inspector", "GCDebugging"])
  func `changed bytes give a graph or an error, never a trap`(kind: String) {
    var random = SeededGenerator(seed: 25)
    let bytes = smallHeap(kind).bytes
    let replacements = Array("0123456789-,[]{}\":\\xue.\n \u{FF}".utf8)
    var failures = 0

    for _ in 0..<500 {
      var changed = bytes
      let place = Int.random(in: 0..<changed.count, using: &random)
      changed[place] = replacements.randomElement(using: &random) ?? 0
      failures += failure(changed) == nil ? 0 : 1
    }
    #expect(failures > 100)
  }

  @Test(arguments: [
    ("\"version\":3", "\"version\":4", "JavaScriptCore's snapshot format is not of version 2 or 3"),
    ("Inspector", "Inspectre", "a snapshot of JavaScriptCore that is not Inspector or GCDebugging"),
    ("\"type\":\"Inspector\",", "", "'nodes' stands before 'version' and 'type'"),
    ("\"Internal\"", "\"Weak\"", "edge type 'Weak' where JavaScriptCore has another"),
    ("\"nodes\":[0,0,0,0", "\"nodes\":[0,0,9,0", "a reference to number 9 of 7 class names"),
    ("\"edges\":[0,7,0,0", "\"edges\":[0,7,4,0", "edge 0 has typeIndex 4, allowed: 0 to 3"),
    ("\"edges\":[0,7,0,0", "\"edges\":[0,7,1,3", "a reference to number 3 of 3 edge names"),
    ("\"edges\":[0,7,0,0", "\"edges\":[0,77,0,0", "an edge to node 77, which does not exist"),
    ("\"edges\":[0,7,0,0", "\"edges\":[77,7,0,0", "an edge from node 77, which does not exist"),
    ("40,32,1,2", "7,32,1,2", "two nodes have the identifier 7"),
    ("\"nodes\":[0,", "\"nodes\":[1,", "an edge from node 0, which does not exist"),
    ("\"edgeNames\"", "\"edgeGames\"", "the snapshot has no 'edgeNames'"),
    ("\"edgeNames\"", "\"nodes\"", "'nodes' stands in the snapshot twice"),
    ("\"nodes\":[0,", "\"nodes\":[-1,", "node 0 has id -1, allowed: 0 to 4294967295"),
    ("\"nodes\":[0,", "\"nodes\":[1e400,", "expected a whole number, found a fraction"),
    ("\"nodes\":[0,", "\"nodes\":[9223372036854775808,", "a number of more than 63 bits"),
    ("\"version\":3", "\"version\":1e400", "a number beyond the range of a double"),
  ])
  func `a lie is named`(_ original: String, _ replacement: String, _ message: String) throws {
    var text = smallHeap("Inspector").text
    let range = try #require(text.firstRange(of: original))
    text.replaceSubrange(range, with: replacement)

    expect(failure(Array(text.utf8))?.message, equals: message)
  }

  @Test func `depth and lengths are bounded`() throws {
    let text = smallHeap("Inspector").text
    let deep = "\"new\":" + String(repeating: "[", count: 1_000_000)
    let error = failure(Array(text.replacing("\"nodes\":", with: deep).utf8))
    expect(error?.message, equals: "more than 1024 arrays and objects inside one another")

    for (limits, message) in [
      (SnapshotReadingLimits(stringByteCount: 4), "a string of more than 4 bytes"),
      (SnapshotReadingLimits(byteCount: 100), "a snapshot of more than 100 bytes"),
    ] {
      let error = #expect(throws: SnapshotError.self) {
        let reader = JSCSnapshotReader(limits: limits, receiver: SnapshotRecorder())
        try Array(text.utf8).withUnsafeBytes { try reader.consume($0) }
      }
      expect(error?.code, equals: .tooLarge)
      expect(error?.message, equals: message)
    }
  }

  @Test func `a class beyond the class names is refused, whoever sends the records`() throws {
    var snapshot = try record(smallHeap("Inspector").bytes)
    let nodes = try #require(snapshot.sections.firstIndex { $0.section.role == .nodes })
    let name = try #require(snapshot.sections[nodes].section.fields.column(.name))
    // Where the names of references would be, were both tables one.
    snapshot.sections[nodes].columns[name][1] = 7

    let error = #expect(throws: SnapshotError.self) { try graph(snapshot) }
    expect(error?.message, equals: "a node with class name 7 of 7")
  }

  @Test(arguments: ["\"7fe50\"", "\"0xFE\"", "\"0x07\"", "\"0x\"", "\"0x12345678123456789\"", "12"])
  func `an address in another form is refused`(address: String) throws {
    let text = smallHeap("GCDebugging").text.replacing("\"0x7fe5040\"", with: address)

    expect(failure(Array(text.utf8))?.code, equals: .malformed)
  }
}
