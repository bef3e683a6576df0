import HeapModel
import InspectorProtocols
import TestSupport
import Testing

struct CDPSnapshotTests {
  private let discardAndTake = [
    "Runtime.discardConsoleEntries",
    #"HeapProfiler.takeHeapSnapshot {"reportProgress":true,"captureNumericValue":false}"#,
  ]

  @Test func `outside a series ids are cleared before the answer`() {
    var node = Conversation.attachedToNode()

    expect(node.request(.snapshot(inSeries: false)), equals: ["#4 Runtime.evaluate usage"])
    expect(
      node.hear(NodeReply.usage(4, used: 7)),
      equals: zip(5..., discardAndTake).map { "#\($0) \($1)" }
    )
    expect(node.hear(NodeReply.ok(5)), equals: [])
    let progress = #"{"method":"HeapProfiler.reportHeapSnapshotProgress","params":"#
    expect(node.hear(progress + #"{"done":0,"total":9}}"#), equals: ["[1] 0 of 9"])
    expect(node.hear(progress + #"{"done":9,"total":9,"finished":true}}"#), equals: ["[1] 9 of 9"])
    expect(node.hear(NodeReply.chunk("{\"snap\\")), equals: ["[1] text {\"snap\\"])
    expect(node.hear(NodeReply.chunk("\"shot\n}")), equals: ["[1] text \"shot\n}"])
    expect(node.hear(NodeReply.ok(6)), equals: ["#7 HeapProfiler.disable"])
    expect(node.hear(NodeReply.ok(7)), equals: ["[1] snapshot of 14 bytes, epoch none"])
    expect(node.hear(NodeReply.chunk("late")), equals: [])
  }

  @Test func `an old V8 finds the ends of lines once, before it looks for every function`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.snapshot(inSeries: false))

    let question = ["#5 Debugger.enable", "#6 Debugger.disable"]
    expect(node.hear(NodeReply.usage(4, used: 7, engine: "11.3.244.8-node.33")), equals: question)
    let script = #"{"method":"Debugger.scriptParsed","params":{"scriptId":"7","url":"a.js"}}"#
    expect(node.hear(script), equals: [])
    expect(node.hear(NodeReply.ok(5)), equals: [])
    expect(
      node.hear(NodeReply.ok(6)),
      equals: zip(7..., discardAndTake).map { "#\($0) \($1)" }
    )
  }

  @Test func `beside a developer neither the console nor the ids are touched`() {
    var node = Conversation.attachedToNode()
    expect(node.company(true), equals: [])

    _ = node.request(.snapshot(inSeries: false))
    expect(node.hear(NodeReply.usage(4, used: 7)), equals: ["#5 \(discardAndTake[1])"])
    _ = node.hear(NodeReply.chunk("{}"))
    expect(node.hear(NodeReply.ok(5)), equals: ["[1] snapshot of 2 bytes, epoch none"])
    expect(node.wait(.seconds(60)), equals: [])

    // He has left, and with him whatever ids he had: now they only cost.
    expect(
      node.company(false),
      equals: [
        #"#6 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#, "#7 HeapProfiler.disable",
      ]
    )
  }

  @Test func `a developer keeps his ids and his console when we leave, and when a series ends`() {
    var node = Conversation.attachedToNode()
    _ = series(&node, call: 4, canary: 0, ids: Array(1...33))
    _ = node.company(true)

    let release = #"Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#
    let ended = node.request(.endSeries)
    #expect(ended.contains { $0.hasSuffix(release) })
    expect(ended.contains { $0.hasSuffix("HeapProfiler.disable") }, equals: false, "\(ended)")

    let leaving = node.request(.detach)
    #expect(leaving.contains { $0.hasSuffix(release) })
    expect(leaving.contains { $0.contains("discard") || $0.contains("disable") }, equals: false)
  }

  @Test func `a chunk is handed on as it comes, wherever it is cut`() {
    let text = "[1,\"a\\u00e9\\n\"\n,\u{7F}]"
    let message = NodeReply.chunk(text)
    for cut in 0...message.utf8.count {
      var node = Conversation.attachedToNode()
      _ = node.request(.snapshot(inSeries: false))
      _ = node.hear(NodeReply.usage(4, used: 7))
      let pieces = node.hear(message, cut: cut).map { $0.dropFirst("[1] text ".count) }
      expect(pieces.joined(), equals: text, "cut at \(cut)")
    }
  }

  /// Takes a snapshot in a series, from the call `first` on; answers the last line.
  private func series(
    _ node: inout Conversation,
    call first: Int,
    canary: Int,
    ids: [Int]
  )
    -> String
  {
    var call = first
    _ = node.request(.snapshot(inSeries: true))
    var lines = node.hear(NodeReply.usage(call, used: 7))
    call += 1
    if lines == ["#\(call) Runtime.evaluate anchors"] {
      let handle = #"{"type":"object","objectId":"array-1"}"#
      lines = node.hear(##"{"id":#\##(call),"result":{"result":\##(handle)}}"##)
      expect(
        lines,
        equals: [
          #"#\#(call + 1) Runtime.getProperties {"objectId":"array-1","ownProperties":true}"#
        ]
      )
      lines = node.hear(NodeReply.anchors(call + 1))
      call += 2
    } else {
      expect(lines, equals: [#"#\#(call) HeapProfiler.getHeapObjectId {"objectId":"handle-0"}"#])
      lines = node.hear(NodeReply.objectID(call, canary))
      call += 1
    }
    expect(lines, equals: zip(call..., discardAndTake).map { "#\($0) \($1)" })
    _ = node.hear(NodeReply.ok(call))
    _ = node.hear(NodeReply.chunk("{}"))
    lines = node.hear(NodeReply.ok(call + 1))
    expect(lines.count, equals: 33)
    expect(lines.first?.hasSuffix(#"{"objectId":"handle-0"}"#), equals: true)
    expect(lines.last?.hasSuffix(#"{"objectId":"handle-32"}"#), equals: true)
    for index in 0..<33 {
      lines = node.hear(NodeReply.objectID(call + 2 + index, ids[index]))
    }
    return lines.joined(separator: ", ")
  }

  @Test func `in a series ids stay, and make one epoch while they agree`() {
    var node = Conversation.attachedToNode()
    let ids = Array(100..<133)
    let first = series(&node, call: 4, canary: 0, ids: ids)
    expect(first, equals: "[1] snapshot of 2 bytes, epoch abc-1")
    let second = series(&node, call: 42, canary: 100, ids: ids)
    expect(second, equals: "[2] snapshot of 2 bytes, epoch abc-1")
  }

  @Test(arguments: [0, 6_145])
  func `a canary with another id begins another epoch`(canary: Int) {
    var node = Conversation.attachedToNode()
    let ids = Array(100..<133)
    _ = series(&node, call: 4, canary: 0, ids: ids)
    // Even though all ids come out equal again: somebody has cleared them in between.
    let second = series(&node, call: 42, canary: canary, ids: ids)
    expect(second, equals: "[2] snapshot of 2 bytes, epoch abc-2")
  }

  @Test func `an anchor with another id begins another epoch`() {
    var node = Conversation.attachedToNode()
    var ids = Array(100..<133)
    _ = series(&node, call: 4, canary: 0, ids: ids)
    ids[20] = 7
    let second = series(&node, call: 42, canary: 100, ids: ids)
    expect(second, equals: "[2] snapshot of 2 bytes, epoch abc-2")
  }

  @Test func `ids that were cleared during the snapshot make no epoch`() {
    var node = Conversation.attachedToNode()
    let first = series(&node, call: 4, canary: 0, ids: Array(repeating: 0, count: 33))
    expect(first, equals: "[1] snapshot of 2 bytes, epoch none")
  }

  @Test func `a series ends when it is told to`() {
    var node = Conversation.attachedToNode()
    _ = series(&node, call: 4, canary: 0, ids: Array(100..<133))
    expect(
      node.request(.endSeries),
      equals: [
        #"#42 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#, "#43 HeapProfiler.disable",
      ]
    )
    _ = node.hear(NodeReply.ok(42))
    expect(node.hear(NodeReply.ok(43)), equals: ["series ended"])
    expect(node.request(.endSeries), equals: ["series ended"])
  }

  @Test func `a series ends by itself after ten minutes`() {
    var node = Conversation.attachedToNode()
    _ = series(&node, call: 4, canary: 0, ids: Array(100..<133))
    expect(node.secondsToDeadline, equals: 600)
    expect(node.wait(.seconds(599)), equals: [])
    expect(node.wait(.seconds(1)).last, equals: "#43 HeapProfiler.disable")
    _ = node.hear(NodeReply.ok(42))
    expect(node.hear(NodeReply.ok(43)), equals: ["series ended"])
    #expect(node.secondsToDeadline == nil)
  }

  @Test func `a series' end waits for an open sampling window, which it would end`() {
    var node = Conversation.attachedToNode()
    _ = series(&node, call: 4, canary: 0, ids: Array(100..<133))
    _ = node.request(.startSampling(intervalBytes: 131_072))
    _ = node.hear(##"{"id":#42,\##(NodeReply.notStarted)}"##)
    _ = node.hear(NodeReply.ok(43))
    expect(node.request(.endSeries), equals: [])
    expect(node.wait(.seconds(700)), equals: [])
    _ = node.request(.stopSampling)
    let lines = node.hear(
      ##"{"id":#44,"result":{"profile":{"head":{"selfSize":0,"id":1,"children":[]},"##
        + #""samples":[]}}}"#
    )
    expect(lines.first, equals: "[4] profile of 1, 0 bytes")
    expect(lines.last, equals: "#46 HeapProfiler.disable")
  }

  @Test func `a snapshot beside a running series leaves its ids alone`() {
    var node = Conversation.attachedToNode()
    let ids = Array(100..<133)
    _ = series(&node, call: 4, canary: 0, ids: ids)
    _ = node.request(.snapshot(inSeries: false))
    _ = node.hear(NodeReply.usage(42, used: 7))
    _ = node.hear(NodeReply.ok(43))
    _ = node.hear(NodeReply.chunk("{}"))
    expect(node.hear(NodeReply.ok(44)), equals: ["[2] snapshot of 2 bytes, epoch none"])
    let third = series(&node, call: 45, canary: 100, ids: ids)
    expect(third, equals: "[3] snapshot of 2 bytes, epoch abc-1")
  }

  @Test func `silence is allowed in proportion to the heap, and begins anew with every sign`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.snapshot(inSeries: false))
    _ = node.hear(NodeReply.usage(4, used: 500 << 20))
    expect(node.secondsToDeadline, equals: 180)
    expect(node.wait(.seconds(170)), equals: [])
    let progress = #"{"method":"HeapProfiler.reportHeapSnapshotProgress","params":"#
    _ = node.hear(progress + #"{"done":1,"total":9}}"#)
    expect(node.wait(.seconds(170)), equals: [])
    _ = node.hear(NodeReply.chunk("{"))
    expect(node.wait(.seconds(179)), equals: [])
    expect(node.wait(.seconds(1)), equals: ["[1] noAnswer", "let go: unresponsive"])
  }

  @Test(
    arguments: [
      (##"{"id":#6,"error":{"code":-32000,"message":"no"}}"##, true),
      (##"{"id":#6,"result":{}}"##, false),
    ]
  )
  func `a snapshot that does not come fails, and ids are cleared all the same`(
    reply: String,
    sendsText: Bool
  ) {
    var node = Conversation.attachedToNode()
    _ = node.request(.snapshot(inSeries: false))
    _ = node.hear(NodeReply.usage(4, used: 7))
    _ = node.hear(NodeReply.ok(5))
    if sendsText { _ = node.hear(NodeReply.chunk("{")) }
    let clearing = [
      #"#7 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#, "#8 HeapProfiler.disable",
    ]
    expect(node.hear(reply), equals: ["[1] noAnswer"] + clearing)
    _ = node.hear(NodeReply.ok(7))
    expect(node.hear(NodeReply.ok(8)), equals: [])
    expect(node.request(.usage), equals: ["#9 Runtime.evaluate usage"])
  }

  @Test func `a target that does not tell its builtins makes no series`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.snapshot(inSeries: true))
    _ = node.hear(NodeReply.usage(4, used: 7))
    let handle = #"{"type":"object","objectId":"array-1"}"#
    _ = node.hear(##"{"id":#5,"result":{"result":\##(handle)}}"##)
    expect(node.hear(##"{"id":#6,"result":{"result":[{"name":"0"}]}}"##), equals: ["[1] noAnswer"])
  }
}
