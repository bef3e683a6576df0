import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct SpiderMonkeyHostileInputTests {
  @Test func `every beginning is an error`() {
    let heap = smallFirefoxHeap()
    let bytes = heap.bytes
    let nodeEnds = Set(heap.messageEnds.dropFirst())

    for length in 0..<bytes.count {
      let error = firefoxFailure(Array(bytes[..<length]))
      // Between two messages nothing says that more was to come, but edges lead nowhere.
      let isWhole = nodeEnds.contains(length)
      expect(
        error?.code,
        equals: (isWhole ? .malformed : .truncated),
        "\(length) bytes: \(String(describing: error))"
      )
    }
  }

  @Test func `changed bytes give a graph or an error, never a trap`() {
    var random = SeededGenerator(seed: 153)
    let bytes = smallFirefoxHeap().bytes
    var failures = 0

    for _ in 0..<3_000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<changed.count, using: &random)
        changed[place] = UInt8.random(in: 0...255, using: &random)
      }
      failures += firefoxFailure(changed) == nil ? 0 : 1
    }
    #expect(failures > 1_000)
  }

  static let start: [UInt8] = [2, 8, 1]

  @Test(
    arguments: [
      (
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
        "the length of a message does not end"
      ),
      ([2, 0x12, 5, 0, 0, 0, 0, 0], "a field of 5 bytes in a message with fewer left"),
      ([2, 0x08, 0x80, 0x01], "a field goes on beyond its message"),
      ([2, 0x0B, 0x01], "a field of an unknown form"),
      (
        [11, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
        "a field goes on beyond its message"
      ),
      (
        [30, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
        "a number of more than 10 bytes"
      ),
      ([0], "a node without an id"),
      ([2, 0x20, 1], "a node without an id"),
      (
        [11, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        "an id of 18446744073709551615"
      ),
      ([4, 0x08, 1, 0x18, 0], "a reference to number 0 of 0 two-byte strings"),
      ([4, 0x08, 1, 0x40, 9], "a reference to number 9 of 0 one-byte strings"),
      ([5, 0x08, 1, 0x12, 1, 0x41], "a two-byte string of 1 bytes"),
      ([6, 0x08, 1, 0x2A, 2, 0x18, 0], "a reference to number 0 of 0 two-byte strings"),
      ([4, 0x08, 1, 0x2A, 0], "an edge to nothing"),
      ([5, 0x08, 1, 0x2A, 1, 0x08], "an edge that ends in a field"),
      ([4, 0x08, 1, 0x32, 0], "a stack frame that is none"),
      ([6, 0x08, 1, 0x32, 2, 0x0A, 0], "a stack frame without an id"),
      ([5, 0x08, 1, 0x32, 1, 0x0A], "a stack frame that ends in a field"),
      ([6, 0x08, 1, 0x2A, 2, 0x08, 9], "an edge to node 9, which does not exist"),
      ([2, 0x08, 1, 2, 0x08, 1], "two nodes have the identifier 1"),
    ] as [([UInt8], String)]
  )
  func `a lie is named`(_ message: [UInt8], _ text: String) {
    let error = firefoxFailure(Self.start + message)

    expect(error?.message, equals: text)
    expect(error?.code, equals: .malformed)
  }

  @Test func `an error says where`() {
    let error = firefoxFailure(Self.start + [2, 0x08, 1, 4, 0x08, 2, 0x18, 7])

    expect(error?.byteOffset, equals: 9)
  }

  @Test func `a stack is as deep as Firefox writes it and no deeper`() throws {
    for (depth, code) in [(60, nil), (128, nil), (129, SnapshotError.Code.tooLarge)] {
      var heap = SpiderMonkeyMessages()
      let frames = (0..<depth).map {
        SpiderMonkeyMessages.Frame(id: UInt64($0 + 1), line: 1, source: "deep.js")
      }
      let object = heap.node("JSObject", className: "Object", stack: frames)
      heap.edge(from: 0, to: object)
      expect(firefoxFailure(heap.bytes)?.code, equals: code, "\(depth) frames")
    }
  }

  @Test func `limits are kept`() {
    let bytes = smallFirefoxHeap().bytes
    let limits: [(SnapshotReadingLimits, String)] = [
      (SnapshotReadingLimits(byteCount: 100), "a snapshot of more than 100 bytes"),
      (SnapshotReadingLimits(nodeCount: 3), "more than 3 nodes"),
      (SnapshotReadingLimits(edgeCount: 3), "more than 3 edges"),
      (SnapshotReadingLimits(stringByteCount: 60), "a field of more than 60 bytes"),
      (SnapshotReadingLimits(stringCount: 5), "more than 5 strings"),
      (SnapshotReadingLimits(headerByteCount: 4), "metadata of more than 4 bytes"),
    ]
    for (limits, message) in limits {
      let error = firefoxFailure(bytes, limits: limits)
      expect(error?.code, equals: .tooLarge)
      expect(error?.message, equals: message)
    }
  }

  @Test func `a field that is claimed and does not come holds no memory`() {
    // A message of 2^62 bytes with a string of 10 MB, of which nothing comes.
    let claim: [UInt8] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]
    let error = firefoxFailure(Self.start + claim + [0x12, 0x80, 0xAD, 0xE2, 0x04])

    expect(error?.code, equals: .truncated)
    expect(error?.byteOffset, equals: 17)
  }

  @Test func `fields and types of a later version are passed over`() throws {
    var bytes = Self.start
    let node: [UInt8] =
      [0x08, 1, 0xF8, 0x01, 5, 0xF2, 0x01, 3, 1, 2, 3, 0x48, 77]
      + [0xE9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 0xED, 0x01, 1, 2, 3, 4]
    bytes += [UInt8(node.count)] + node
    let snapshot = try recordFirefox(bytes)

    expect(snapshot["nodes"]?.column(.type), equals: [0])
  }
}
