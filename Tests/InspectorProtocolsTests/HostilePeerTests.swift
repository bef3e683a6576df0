import Glibc
import HeapModel
import InspectorProtocols
import Testing
import TestSupport

/// A peer that does whatever it likes: sessions answer or let go, in bounded memory, and say
/// nothing that is not on their list.
struct HostilePeerTests {
  private static let allowed: [RuntimeKind: Set<String>] = [
    .node: [
      "NodeRuntime.enable", "NodeRuntime.notifyWhenWaitingForDisconnect", "Runtime.getIsolateId",
      "Runtime.evaluate", "Runtime.getProperties", "Runtime.releaseObjectGroup",
      "Runtime.discardConsoleEntries", "HeapProfiler.getHeapObjectId", "HeapProfiler.disable",
      "HeapProfiler.collectGarbage", "HeapProfiler.startSampling", "HeapProfiler.stopSampling",
      "HeapProfiler.getSamplingProfile", "HeapProfiler.takeHeapSnapshot", "NodeWorker.enable",
    ],
    .bun: [
      "Heap.enable", "Heap.disable", "Heap.gc", "Heap.snapshot", "Runtime.evaluate",
      "Runtime.releaseObjectGroup", "Console.clearMessages",
    ],
  ]

  private static func attached(_ runtime: RuntimeKind) -> Conversation {
    runtime == .node ? .attachedToNode() : .attachedToBun()
  }

  @Test(arguments: [RuntimeKind.node, .bun])
  func `wrong ids, empty messages and events nobody knows are passed over`(runtime: RuntimeKind) {
    var peer = Self.attached(runtime)
    _ = peer.request(.usage)
    let strange = [
      "", "{}", "[]", "7", #""text""#, "null", #"{"id":32658}"#, #"{"id":-1,"result":{}}"#,
      #"{"id":9999999999999999999999,"result":{}}"#, #"{"id":"1","result":{}}"#,
      #"{"id":null,"error":{"code":-32700,"message":"bad"}}"#, #"{"id":1.5,"result":[]}"#,
      #"{"method":"Debugger.paused"}"#, #"{"method":7,"params":[]}"#, #"{"params":{"chunk":"x"}}"#,
      #"{"method":"HeapProfiler.addHeapSnapshotChunk","params":{"chunk":7}}"#,
      #"{"method":"HeapProfiler.addHeapSnapshotChunk","params":{"chunk":{"a":"b"}}}"#,
      #"{"result":{"snapshotData":["x"]},"id":5}"#,
      #"{"method":"Heap.garbageCollected","params":{"collection":{"startTime":-1e308,"endTime":1e308}}}"#,
      #"{"method":"Heap.garbageCollected","params":7}"#,
      #"{"error":7,"id":12}"#,
    ]
    for message in strange { expect(peer.hear(message), equals: [], "\(message)") }
  }

  @Test(arguments: [RuntimeKind.node, .bun])
  func `what is no JSON ends the session`(runtime: RuntimeKind) {
    for bytes in [Array("{".utf8), Array("{}}".utf8), [0xFF, 0xFE], Array("{'a':1}".utf8)] {
      var peer = Self.attached(runtime)
      _ = peer.request(.usage)
      expect(peer.hear(bytes: bytes), equals: ["[1] sessionOver", "let go: unusable"])
    }
  }

  @Test(arguments: [RuntimeKind.node, .bun])
  func `nesting without end ends the session`(runtime: RuntimeKind) {
    var peer = Self.attached(runtime)
    let deep = Array((#"{"result":"# + String(repeating: "[", count: 100_000)).utf8)
    expect(peer.hear(bytes: deep), equals: ["let go: unusable"])
  }

  @Test func `a reply of megabytes that nobody expects is not kept`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.usage)
    let long = String(repeating: "x", count: 2 << 20)
    let reply = ##"{"id":#4,"result":{"result":{"type":"string","value":"\##(long)"}}}"##
    expect(node.hear(reply), equals: ["[1] noAnswer"])
    let many = (0..<50_000).map { _ in "{}" }.joined(separator: ",")
    _ = node.request(.usage)
    expect(node.hear(##"{"id":#5,"result":[\##(many)]}"##), equals: ["[2] noAnswer"])
    _ = node.request(.usage)
    expect(node.hear(NodeReply.usage(6, used: 7)), equals: ["[3] usage 7/2000"])
  }

  @Test func `a flood of events costs time and no memory`() {
    var bun = Conversation.attachedToBun()
    let event =
      #"{"method":"Heap.garbageCollected","params":{"collection":{"type":"partial","startTime":1,"#
      + #""endTime":1.001}}}"#
    let before = residentBytes()
    for _ in 0..<20_000 { _ = bun.hear(event) }
    #expect(residentBytes() - before < 16 << 20)
  }

  /// Bun sends a snapshot in one message, and every client gets it.
  @Test(arguments: [true, false])
  func `a message of 1 GiB goes through in bounded memory`(isWanted: Bool) throws {
    let options = SessionOptions(nonce: 0)
    var session = InspectorProtocol.conversation(with: .bun, options: options)
    let now = Moment(elapsed: .zero, wall: 0)
    session.start(at: now)
    func hear(_ text: String) {
      session.receivedMessageBegin()
      Array(text.utf8).withUnsafeBytes { session.receivedBytes($0, at: now) }
      session.receivedMessageEnd(at: now)
    }
    let first = 1 << 20
    hear(#"{"result":{},"id":\#(first)}"#)
    if isWanted {
      session.request(.snapshot(inSeries: false), of: .main, id: 1, at: now)
      let usage = #"{\"heapTotal\":1,\"heapUsed\":450000000}"#
      hear(#"{"result":{"result":{"value":"\#(usage)"}},"id":\#(first + 1)}"#)
    }
    while session.nextAction() != nil {}

    let before = residentBytes()
    var received = 0
    session.receivedMessageBegin()
    Array(#"{"result":{"snapshotData":""#.utf8)
      .withUnsafeBytes { session.receivedBytes($0, at: now) }
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 18)
    for _ in 0..<(1 << 12) {
      piece.withUnsafeBytes { session.receivedBytes($0, at: now) }
      while let action = session.nextAction()?.action {
        if case .snapshotBytes(_, let text) = action { received += text.count }
      }
    }
    Array(#""},"id":\#(first + 4)}"#.utf8)
      .withUnsafeBytes { session.receivedBytes($0, at: now) }
    session.receivedMessageEnd(at: now)
    expect(received, equals: (isWanted ? 1 << 30 : 0))
    #expect(residentBytes() - before < 32 << 20)
  }

  @Test func `a connection that ends in the middle of a message ends the session`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.snapshot(inSeries: false))
    _ = node.hear(NodeReply.usage(4, used: 7))
    let begin = #"{"method":"HeapProfiler.addHeapSnapshotChunk","params":{"chunk":"{\"sn"#
    expect(node.hearPart(begin, isFirst: true), equals: ["[1] text {\"sn"])
    expect(node.close(), equals: ["[1] sessionOver", "let go: targetGone"])
    expect(node.hearPart("more", isFirst: false), equals: [])
  }

  @Test func `a chunk that is no string to its end fails the snapshot with the session`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.snapshot(inSeries: false))
    _ = node.hear(NodeReply.usage(4, used: 7))
    let bad = #"{"method":"HeapProfiler.addHeapSnapshotChunk","params":{"chunk":"{\q"}}"#
    expect(node.hear(bad).suffix(2), equals: ["[1] sessionOver", "let go: unusable"])
  }

  @Test(arguments: [RuntimeKind.node, .bun])
  func `random answers never trap and never make it say anything else`(runtime: RuntimeKind) {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      var peer = Conversation(runtime)
      _ = peer.start()
      for _ in 0..<40 { step(&peer, &random) }
      expect(peer.methods.subtracting(Self.allowed[runtime] ?? []), equals: [])
    }
  }

  private func step(_ peer: inout Conversation, _ random: inout SeededGenerator) {
    let requests: [SessionRequest] = [
      .usage, .collectGarbage, .startSampling(intervalBytes: 1), .stopSampling,
      .snapshot(inSeries: true), .snapshot(inSeries: false), .endSeries, .usage, .usage,
    ]
    let number = Int.random(in: 1...60, using: &random)
    let answers = [
      NodeReply.ok(number), NodeReply.usage(number, used: number), NodeReply.chunk("{}"),
      NodeReply.objectID(number, number / 7), NodeReply.anchors(number),
      NodeReply.string(number, "null"), ##"{"id":#\##(number),\##(NodeReply.notStarted)}"##,
      ##"{"result":{"result":{"objectId":"o","value":"{\"heapUsed\":5,\"heapTotal\":6}"}},"id":#\##(number)}"##,
      ##"{"result":{"snapshotData":"{\"nodes\":[0,0,0,0,4,4,4,4]}"},"id":#\##(number)}"##,
      ##"{"error":{"message":"Heap domain already enabled"},"id":#\##(number)}"##,
      ##"{"id":#\##(number),"result":{"profile":{"head":{"children":[{},{"id":-7,"selfSize":-1}]},"##
        + #""samples":[{"nodeId":1e300,"size":-5,"ordinal":9223372036854775807}]}}}"#,
      ##"{"id":#\##(number),"result":{"profile":{"samples":{},"head":[{"callFrame":7}]}}}"##,
    ]
    switch Int.random(in: 0..<20, using: &random) {
    case 0: _ = peer.wait(.seconds(Int64.random(in: 0...200, using: &random)))
    case 1...4: _ = peer.request(requests.randomElement(using: &random) ?? .usage)
    case 5:
      let text = answers.randomElement(using: &random) ?? ""
      _ = peer.hear(String(text.prefix(Int.random(in: 0...text.count, using: &random))))
    case 6 where Int.random(in: 0..<10, using: &random) == 0: _ = peer.request(.detach)
    default:
      let text = answers.randomElement(using: &random) ?? ""
      _ = peer.hear(text, cut: Int.random(in: 0...text.utf8.count, using: &random))
    }
  }

  private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [UInt8](repeating: 0, count: 128)
    let count = fread(&line, 1, line.count, file)
    let words = String(decoding: line[..<count], as: UTF8.self).split(separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(getpagesize())
  }
}
