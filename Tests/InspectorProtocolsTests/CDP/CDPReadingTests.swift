import HeapModel
import InspectorProtocols
import TestSupport
import Testing

struct CDPReadingTests {
  @Test func `a reading holds what the program said`() throws {
    let options = SessionOptions(nonce: 1)
    var session = InspectorProtocol.conversation(with: .node, options: options)
    let start = Moment(elapsed: .zero, wall: 5)
    session.start(at: start)
    func hear(_ text: String) {
      session.receivedMessageBegin()
      Array(text.utf8).withUnsafeBytes { session.receivedBytes($0, at: start) }
      session.receivedMessageEnd(at: start)
    }
    let first = 1 << 20 + 1
    for id in 0...3 { hear(#"{"id":\#(first + id),"result":{}}"#) }
    session.request(.usage, of: .main, id: 9, at: start)
    let spaces = #"[{"space_name":"old_space","space_size":20,"space_used_size":10},{"bad":1}]"#
    let reply = NodeReply.usage(0, used: 7, spaces: spaces)
    hear(reply.replacing("#0", with: "\(first + 4)"))

    var last: SessionAction?
    while let action = session.nextAction()?.action { last = action }
    let expected = HeapUsage(
      time: 5,
      used: 7,
      total: 2000,
      limit: 4000,
      external: 3,
      arrayBuffers: 1,
      residentSize: 9,
      spaces: [HeapSpace(name: "old_space", used: 10, size: 20)]
    )
    expect(last, equals: .usage(9, UsageReading(usage: expected, collections: [])))
  }

  @Test func `collections are what happened between two readings`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.usage)
    expect(
      node.hear(NodeReply.usage(4, used: 7, minor: 100, major: 10)),
      equals: ["[1] usage 7/2000"]
    )
    _ = node.request(.usage)
    expect(
      node.hear(NodeReply.usage(5, used: 8, minor: 103, major: 10)),
      equals: ["[2] usage 8/2000 minor 3"]
    )
    _ = node.request(.usage)
    expect(
      node.hear(NodeReply.usage(6, used: 8, minor: 103, major: 10)),
      equals: ["[3] usage 8/2000"]
    )
    // Another agent has taken the observer out and put its own in.
    _ = node.request(.usage)
    expect(
      node.hear(NodeReply.usage(7, used: 9, minor: 2, major: 1)),
      equals: ["[4] usage 9/2000 minor 2 major 1"]
    )
  }

  @Test func `a collection lies between two readings, and counts as forced in the next`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.usage)
    _ = node.hear(NodeReply.usage(4, used: 900, major: 1))

    expect(node.request(.collectGarbage), equals: ["#5 Runtime.evaluate usage"])
    expect(node.hear(NodeReply.usage(5, used: 1000)), equals: ["#6 HeapProfiler.collectGarbage"])
    expect(node.wait(.seconds(1)), equals: [])
    expect(node.hear(NodeReply.ok(6)), equals: ["#7 Runtime.evaluate usage"])
    expect(
      node.hear(NodeReply.usage(7, used: 400)),
      equals: ["[2] collected 1000 -> 400 in 1000 ms"]
    )

    _ = node.request(.usage)
    expect(
      node.hear(NodeReply.usage(8, used: 400, major: 4)),
      equals: ["[3] usage 400/2000 major 3 forced 2"]
    )
    _ = node.request(.usage)
    expect(
      node.hear(NodeReply.usage(9, used: 400, major: 5)),
      equals: ["[4] usage 400/2000 major 1"]
    )
  }

  @Test(
    arguments: [
      ##"{"id":#4,"error":{"code":-32000,"message":"Execution was terminated"}}"##,
      ##"{"id":#4,"result":{"result":{"type":"object","description":"TypeError: x"},"##
        + #""exceptionDetails":{"text":"Uncaught"}}}"#,
      ##"{"id":#4,"result":{}}"##,
      ##"{"id":#4}"##,
      ##"{"id":#4,"result":null}"##,
      ##"{"id":#4,"result":{"result":{"type":"string","value":"not JSON"}}}"##,
      ##"{"id":#4,"result":{"result":{"type":"string","value":"{\"heap\":{}}"}}}"##,
      ##"{"id":#4,"result":{"result":{"type":"number","value":7}}}"##,
      ##"{"id":#4,"result":{"result":{"type":"string","value":"##
        + #""{\"heap\":{\"used_heap_size\":-1,\"total_heap_size\":1e300}}"}}}"#,
    ]
  )
  func `an answer that is none fails the request and nothing else`(reply: String) {
    var node = Conversation.attachedToNode()
    _ = node.request(.usage)
    expect(node.hear(reply), equals: ["[1] noAnswer"])
    _ = node.request(.usage)
    expect(node.hear(NodeReply.usage(5, used: 7)), equals: ["[2] usage 7/2000"])
  }

  @Test func `a target that does not answer is busy first and given up later`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.usage)
    expect(node.secondsToDeadline, equals: 3)
    expect(node.wait(.seconds(2)), equals: [])
    expect(node.wait(.seconds(1)), equals: ["unresponsive"])
    expect(node.wait(.seconds(100)), equals: [])
    expect(node.hear(NodeReply.usage(4, used: 7)), equals: ["responsive", "[1] usage 7/2000"])

    _ = node.request(.usage)
    expect(node.wait(.seconds(3)), equals: ["unresponsive"])
    expect(node.secondsToDeadline, equals: 297)
    expect(node.wait(.seconds(297)), equals: ["[2] noAnswer", "let go: unresponsive"])
  }

  @Test func `requests wait for their turn, and only so many of them`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.usage)
    for _ in 0..<8 { expect(node.request(.usage), equals: []) }
    expect(node.request(.usage), equals: ["[10] busy"])
    for number in 4...11 {
      expect(
        node.hear(NodeReply.usage(number, used: 7)),
        equals: ["[\(number - 3)] usage 7/2000", "#\(number + 1) Runtime.evaluate usage"]
      )
    }
    expect(node.hear(NodeReply.usage(12, used: 7)), equals: ["[9] usage 7/2000"])
  }
}
