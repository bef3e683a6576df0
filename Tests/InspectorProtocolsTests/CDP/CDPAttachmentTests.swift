import HeapModel
import InspectorProtocols
import TestSupport
import Testing

struct CDPAttachmentTests {
  @Test func `the exit guard is in the first breath`() {
    var node = Conversation(.node)

    expect(
      node.start(),
      equals: [
        "#1 NodeRuntime.enable",
        #"#2 NodeRuntime.notifyWhenWaitingForDisconnect {"enabled":true}"#,
        "#3 Runtime.getIsolateId", "NodeWorker.enable",
      ]
    )
    expect(node.capabilities, equals: [])
    expect(node.hear(NodeReply.ok(1)), equals: [])
    expect(node.hear(NodeReply.ok(2)), equals: [])
    expect(node.hear(##"{"id":#3,"result":{"id":"6f2e"}}"##), equals: ["attached 6f2e"])
    #expect(node.capabilities.contains([.snapshot, .sampling, .collectionContents]))
    #expect(node.secondsToDeadline == nil)
  }

  @Test func `a runtime without the guard is let go of`() {
    var node = Conversation(.node)
    _ = node.start()
    let refusal = ##"{"error":{"code":-32601,"message":"'X' wasn't found"},"id":#1}"##
    expect(node.hear(refusal), equals: ["let go: unusable"])
  }

  @Test func `requests before the session stands wait for it`() {
    var node = Conversation(.node)
    expect(node.request(.usage), equals: [])
    _ = node.start()
    expect(node.request(.collectGarbage), equals: [])
    _ = node.hear(NodeReply.ok(1))
    _ = node.hear(NodeReply.ok(2))
    let reply = ##"{"id":#3,"result":{"id":"a"}}"##
    expect(node.hear(reply), equals: ["attached a", "#4 Runtime.evaluate usage"])
    expect(
      node.hear(NodeReply.usage(4, used: 7)),
      equals: ["[1] usage 7/2000", "#5 Runtime.evaluate usage"]
    )
  }

  /// Messages as Node 20 and 24 sent them (captures, node20-exit-hold and node24-exit-hold).
  @Test(
    arguments: [
      #"{"method":"NodeRuntime.waitingForDisconnect","params":{}}"#,
      #"{"method":"NodeRuntime.waitingForDisconnect"}"#,
      #"{"method":"Runtime.executionContextDestroyed","params":{"executionContextId":1}}"#,
      ##"{"error":{"code":-32000,"message":"Cannot find context with specified id"},"id":#4}"##,
    ]
  )
  func `a program that ends is let go of in the same moment`(message: String) {
    var node = Conversation.attachedToNode()
    _ = node.request(.usage)
    _ = node.request(.collectGarbage)
    expect(
      node.hear(message),
      equals: ["[1] sessionOver", "[2] sessionOver", "let go: targetExiting"]
    )
    expect(node.request(.usage), equals: ["[3] sessionOver"])
    expect(node.hear(message), equals: [])
    expect(node.wait(.seconds(1_000)), equals: [])
    #expect(node.secondsToDeadline == nil)
  }

  @Test func `a program that ends while it is captured is let go of too`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.snapshot(inSeries: false))
    _ = node.hear(NodeReply.usage(4, used: 7))
    _ = node.hear(NodeReply.chunk("{"))
    let message = #"{"method":"NodeRuntime.waitingForDisconnect","params":{}}"#
    expect(node.hear(message), equals: ["[1] sessionOver", "let go: targetExiting"])
  }

  @Test func `leaving takes everything out of the program`() {
    var node = Conversation.attachedToNode()
    expect(
      node.request(.detach),
      equals: [
        "#4 Runtime.evaluate clean-up",
        #"#5 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#,
        "#6 Runtime.discardConsoleEntries",
      ]
    )
    expect(node.request(.usage), equals: ["[2] sessionOver"])
    _ = node.hear(NodeReply.string(4, "null"))
    _ = node.hear(NodeReply.ok(5))
    expect(node.hear(NodeReply.ok(6)), equals: ["let go: detached"])
  }

  @Test func `leaving takes two seconds at most`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.detach)
    expect(node.secondsToDeadline, equals: 2)
    expect(node.wait(.seconds(1)), equals: [])
    expect(node.wait(.seconds(1)), equals: ["let go: detached"])
  }

  @Test func `leaving while something runs fails it and still cleans up`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.snapshot(inSeries: false))
    _ = node.hear(NodeReply.usage(4, used: 7))
    _ = node.request(.usage)
    expect(
      node.request(.detach),
      equals: [
        "[1] sessionOver", "[2] sessionOver", "#7 Runtime.evaluate clean-up",
        "#8 HeapProfiler.disable",
        #"#9 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#,
        "#10 Runtime.discardConsoleEntries",
      ]
    )
    expect(node.hear(NodeReply.chunk("late")), equals: [])
    expect(node.hear(NodeReply.ok(6)), equals: [])
  }

  @Test func `the socket may close at any time`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.usage)
    expect(node.close(), equals: ["[1] sessionOver", "let go: targetGone"])
    expect(node.close(), equals: [])

    var leaving = Conversation.attachedToNode()
    _ = leaving.request(.detach)
    expect(leaving.close(), equals: ["let go: detached"])

    var fresh = Conversation(.node)
    _ = fresh.start()
    expect(fresh.close(), equals: ["let go: targetGone"])
  }
}
