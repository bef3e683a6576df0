import HeapModel
import InspectorProtocols
import JSONStream
import TestSupport
import Testing

struct NodeWorkerTests {
  private func attached(_ session: Int, _ title: String) -> String {
    #"{"method":"NodeWorker.attachedToWorker","params":{"sessionId":"\#(session)","workerInfo":"#
      + #"{"workerId":"\#(session)","type":"worker","title":"\#(title)","url":"file:///srv/wk.mjs"},"#
      + #""waitingForDebugger":false}}"#
  }

  private func enclosed(_ session: Int, _ message: String) -> String {
    var writer = JSONWriter()
    writer.string(message)
    return #"{"method":"NodeWorker.receivedMessageFromWorker","params":{"sessionId":"\#(session)","#
      + #""message":\#(writer.text)}}"#
  }

  /// The order in which Node announces threads is no order of theirs (capture node20-workers).
  @Test func `a worker thread is a heap of its own, named by its thread`() {
    var node = Conversation.attachedToNode()
    expect(
      node.hear(attached(1, "[worker 2] beta")),
      equals: ["heap 1: enclosed #4 Runtime.getIsolateId"]
    )
    expect(node.hear(attached(1, "[worker 2] beta")), equals: [])
    let reply = enclosed(1, ##"{"id":#4,"result":{"id":"77"}}"##)
    expect(node.hear(reply), equals: ["heap 1: attached 77 as worker 2"])
    expect(
      node.request(.usage, of: 1),
      equals: ["heap 1: enclosed #5 Runtime.evaluate usage"]
    )
    let usage = enclosed(1, NodeReply.usage(5, used: 3))
    expect(node.hear(usage), equals: ["heap 1: [1] usage 3/2000"])
    expect(node.request(.usage), equals: ["#6 Runtime.evaluate usage"])
  }

  @Test func `threads beyond as many as are watched are told of`() {
    var node = Conversation.attachedToNode()
    for number in 1...256 {
      expect(node.hear(attached(number, "[worker \(number)] pool")).count, equals: 1)
    }
    expect(node.hear(attached(257, "[worker 257] pool")), equals: ["passed over"])
    expect(node.hear(attached(258, "[worker 258] pool")), equals: ["passed over"])
  }

  @Test(arguments: [0, 1, 90, 150, 200])
  func `a worker's snapshot comes through two shells, cut anywhere`(cut: Int) {
    var node = Conversation.attachedToNode()
    _ = node.hear(attached(1, "[worker 1] alpha"))
    _ = node.hear(enclosed(1, ##"{"id":#4,"result":{"id":"77"}}"##))
    expect(
      node.request(.snapshot(inSeries: false), of: 1),
      equals: ["heap 1: enclosed #5 Runtime.evaluate usage"]
    )
    expect(
      node.hear(enclosed(1, NodeReply.usage(5, used: 7))),
      equals: [
        "heap 1: enclosed #6 Runtime.discardConsoleEntries",
        "heap 1: enclosed #7 HeapProfiler.takeHeapSnapshot "
          + #"{"reportProgress":true,"captureNumericValue":false}"#,
      ]
    )
    let text = #"{"snapshot":{"a\u0041\"é":1}}"#
    let answer = node.hear(enclosed(1, NodeReply.chunk(text)), cut: cut)
    expect(answer.map { $0.replacing("heap 1: [1] text ", with: "") }.joined(), equals: text)
    expect(
      node.hear(enclosed(1, NodeReply.ok(7))),
      equals: ["heap 1: enclosed #8 HeapProfiler.disable"]
    )
    expect(
      node.hear(enclosed(1, NodeReply.ok(8))),
      equals: ["heap 1: [1] snapshot of \(text.utf8.count) bytes, epoch none"]
    )
  }

  @Test func `a thread that ends ends its requests and nothing else`() {
    var node = Conversation.attachedToNode()
    _ = node.hear(attached(1, "[worker 1] alpha"))
    _ = node.hear(enclosed(1, ##"{"id":#4,"result":{"id":"77"}}"##))
    _ = node.request(.usage, of: 1)
    let gone = #"{"method":"NodeWorker.detachedFromWorker","params":{"sessionId":"1"}}"#
    expect(node.hear(gone), equals: ["heap 1: [1] sessionOver", "heap 1: let go: targetGone"])
    expect(node.request(.usage, of: 1), equals: ["heap 1: [2] sessionOver"])
    expect(node.request(.usage), equals: ["#6 Runtime.evaluate usage"])
  }

  @Test(arguments: [false, true])
  func `an inspector that is ours is closed last, unless somebody else is there`(
    _ hasCompany: Bool
  ) {
    var node = Conversation.attachedToNode { $0.closesInspector = true }
    _ = node.company(hasCompany)

    let words = node.request(.detach)
    expect(words.last == "#7 Runtime.evaluate close", equals: !hasCompany, "\(words)")
  }

  @Test func `leaving takes out of every thread what was put there, the main thread last`() {
    var node = Conversation.attachedToNode()
    _ = node.hear(attached(1, "[worker 1] alpha"))
    _ = node.hear(enclosed(1, ##"{"id":#4,"result":{"id":"77"}}"##))
    expect(
      node.request(.detach),
      equals: [
        "heap 1: enclosed #5 Runtime.evaluate clean-up",
        #"heap 1: enclosed #6 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#,
        "heap 1: enclosed #7 Runtime.discardConsoleEntries",
      ]
    )
    for number in 5...6 { expect(node.hear(enclosed(1, NodeReply.ok(number))), equals: []) }
    expect(
      node.hear(enclosed(1, NodeReply.ok(7))),
      equals: [
        "heap 1: let go: detached",
        "#8 Runtime.evaluate clean-up",
        #"#9 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#,
        "#10 Runtime.discardConsoleEntries",
      ]
    )
  }

  @Test func `when the program ends all is let go of in one breath`() {
    var node = Conversation.attachedToNode()
    _ = node.hear(attached(1, "[worker 1] alpha"))
    expect(
      node.hear(#"{"method":"NodeRuntime.waitingForDisconnect","params":{}}"#),
      equals: ["heap 1: let go: targetGone", "let go: targetExiting"]
    )
  }
}
