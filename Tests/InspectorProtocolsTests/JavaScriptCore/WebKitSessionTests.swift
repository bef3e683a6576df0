import HeapModel
import InspectorProtocols
import JSONStream
import TestSupport
import Testing

struct WebKitSessionTests {
  private static let created =
    #"{"method":"Target.targetCreated","params":{"targetInfo":{"targetId":"page-8","type":"page"}}}"#

  private func enclosed(_ target: String, _ message: String) -> String {
    var writer = JSONWriter()
    writer.string(message)
    return #"{"method":"Target.dispatchMessageFromTarget","params":{"targetId":"\#(target)","#
      + #""message":\#(writer.text)}}"#
  }

  private func fromWorker(_ worker: String, _ message: String) -> String {
    var writer = JSONWriter()
    writer.string(message)
    let inner =
      #"{"method":"Worker.dispatchMessageFromWorker","params":{"workerId":"\#(worker)","#
      + #""message":\#(writer.text)}}"#
    return enclosed("page-8", inner)
  }

  private func ok(_ number: Int) -> String { ##"{"result":{},"id":#\##(number)}"## }

  private func memory(_ javascript: Int) -> String {
    #"{"method":"Memory.trackingUpdate","params":{"event":{"timestamp":2.5,"categories":["#
      + #"{"type":"javascript","size":\#(javascript)},{"type":"jit","size":0},"#
      + #"{"type":"other","size":25778759}]}}}"#
  }

  /// A page that is a heap with a session; its calls so far are #1 to #3.
  private func attached() -> Conversation {
    var webKit = Conversation(.webKitGTK)
    _ = webKit.start()
    _ = webKit.hear(Self.created)
    _ = webKit.hear(enclosed("page-8", ok(1)))
    _ = webKit.hear(enclosed("page-8", NodeReply.string(2, #""http://127.0.0.1/a.html""#)))
    _ = webKit.hear(enclosed("page-8", ok(3)))
    return webKit
  }

  @Test func `the connection has no heap, its page has one, and its clock is started first`() {
    var webKit = Conversation(.webKitGTK)
    expect(webKit.start(), equals: [])
    expect(webKit.capabilities, equals: [])
    expect(
      webKit.hear(Self.created),
      equals: [
        "enclosed #1 Page.enable",
        "enclosed #2 Runtime.evaluate location",
        "enclosed #3 Heap.enable",
      ]
    )
    expect(webKit.hear(##"{"result":{},"id":7}"##), equals: [])
    expect(webKit.hear(enclosed("page-8", ok(1))), equals: [])
    let address = NodeReply.string(2, #""http://127.0.0.1/a.html""#)
    expect(webKit.hear(enclosed("page-8", address)), equals: [])
    expect(
      webKit.hear(enclosed("page-8", ok(3))),
      equals: ["attached page-8, limited", "enclosed Worker.enable"]
    )
  }

  @Test func `memory is asked for once and not followed`() {
    var webKit = attached()
    expect(
      webKit.request(.usage),
      equals: ["enclosed #4 Heap.enable", "enclosed #5 Memory.startTracking"]
    )
    let known = ##"{"error":{"code":-32000,"message":"Heap domain already enabled"},"id":#4}"##
    expect(webKit.hear(enclosed("page-8", known)), equals: [])
    expect(webKit.hear(enclosed("page-8", ok(5))), equals: [])
    expect(
      webKit.hear(enclosed("page-8", memory(700))),
      equals: ["enclosed #6 Memory.stopTracking"]
    )
    expect(webKit.hear(enclosed("page-8", memory(800))), equals: [])
    expect(webKit.hear(enclosed("page-8", ok(6))), equals: ["[1] usage 700/700"])
  }

  @Test func `a collection's pause is told behind its answer`() {
    var webKit = attached()
    expect(
      webKit.request(.collectGarbage),
      equals: ["enclosed #4 Memory.startTracking"]
    )
    _ = webKit.hear(enclosed("page-8", ok(4)))
    _ = webKit.hear(enclosed("page-8", memory(900)))
    expect(webKit.hear(enclosed("page-8", ok(5))), equals: ["enclosed #6 Heap.gc"])
    expect(
      webKit.hear(enclosed("page-8", ok(6))),
      equals: ["enclosed #7 Memory.startTracking"]
    )
    let told =
      #"{"method":"Heap.garbageCollected","params":{"collection":{"type":"full","#
      + #""startTime":1.5,"endTime":1.625}}}"#
    expect(webKit.hear(enclosed("page-8", told)), equals: [])
    _ = webKit.hear(enclosed("page-8", ok(7)))
    _ = webKit.hear(enclosed("page-8", memory(300)))
    expect(
      webKit.hear(enclosed("page-8", ok(8))),
      equals: ["[1] collected 900 -> 300 in 125 ms"]
    )
  }

  @Test func `a page that goes elsewhere has another title, whatever its frames do`() {
    func navigated(_ fields: String) -> String {
      enclosed("page-8", #"{"method":"Page.frameNavigated","params":{"frame":{\#(fields)}}}"#)
    }
    var webKit = attached()
    expect(webKit.hear(navigated(#""id":"0.1","url":"http://127.0.0.1/a.html""#)), equals: [])
    expect(webKit.hear(navigated(#""id":"0.4","parentId":"0.1","url":"http://ads/""#)), equals: [])
    expect(
      webKit.hear(navigated(#""id":"0.1","loaderId":"0.2","url":"http://127.0.0.1/b.html""#)),
      equals: ["retitled http://127.0.0.1/b.html"]
    )
  }

  @Test func `a page that moves to another process is the same page with a new session`() {
    var webKit = attached()
    let provisional =
      #"{"method":"Target.targetCreated","params":{"targetInfo":{"targetId":"page-16","#
      + #""type":"page","isProvisional":true}}}"#
    expect(webKit.hear(provisional), equals: [])
    let committed =
      #"{"method":"Target.didCommitProvisionalTarget","params":{"oldTargetId":"page-8","#
      + #""newTargetId":"page-16"}}"#
    expect(
      webKit.hear(committed),
      equals: [
        "enclosed #4 Page.enable", "enclosed #5 Runtime.evaluate location",
        "enclosed #6 Heap.enable",
      ]
    )
    expect(webKit.capabilities.contains(.snapshot), equals: true)
    let destroyed = #"{"method":"Target.targetDestroyed","params":{"targetId":"page-8"}}"#
    expect(webKit.hear(destroyed), equals: [])
    expect(webKit.request(.usage), equals: ["[1] busy"])
    _ = webKit.hear(enclosed("page-16", ok(4)))
    _ = webKit.hear(enclosed("page-16", NodeReply.string(5, #""http://localhost/""#)))
    expect(
      webKit.hear(enclosed("page-16", ok(6))),
      equals: ["attached page-16, limited", "enclosed Worker.enable"]
    )
  }

  @Test func `a page that is closed ends the conversation`() {
    var webKit = attached()
    let destroyed = #"{"method":"Target.targetDestroyed","params":{"targetId":"page-8"}}"#
    expect(webKit.hear(destroyed), equals: ["let go: targetGone"])
  }

  /// Somebody else was connected to it a moment before (facts, B2).
  @Test func `a shell that tells of no page is left`() {
    var webKit = Conversation(.webKitGTK)
    _ = webKit.start()
    expect(webKit.wait(.seconds(2)), equals: [])
    expect(webKit.wait(.seconds(1)), equals: ["let go: targetGone"])
  }

  @Test func `a worker is reached through its page`() {
    var webKit = attached()
    let created =
      #"{"method":"Worker.workerCreated","params":{"workerId":"worker:0.1","#
      + #""url":"http://127.0.0.1/w.js","name":""}}"#
    expect(
      webKit.hear(enclosed("page-8", created)),
      equals: [
        "enclosed Worker.initialized",
        "heap 2: enclosed enclosed #4 Heap.enable",
      ]
    )
    expect(
      webKit.hear(fromWorker("worker:0.1", ok(4))),
      equals: ["heap 2: attached worker:0.1 as worker 0.1, limited"]
    )
    expect(webKit.request(.usage, of: 2), equals: ["heap 2: [1] unsupported"])
    expect(
      webKit.request(.snapshot(inSeries: false), of: 2),
      equals: [
        "heap 2: enclosed enclosed #5 Heap.enable",
        "heap 2: enclosed enclosed #6 Heap.snapshot",
      ]
    )
    let snapshot = ##"{"result":{"timestamp":1,"snapshotData":"{\"a\":\"\\u0041\"}"},"id":#6}"##
    expect(
      webKit.hear(fromWorker("worker:0.1", snapshot), cut: 140).filter { $0.contains("text") }
        .map { $0.replacing("heap 2: [2] text ", with: "") }.joined(),
      equals: #"{"a":"\u0041"}"#
    )
    let gone = #"{"method":"Target.targetDestroyed","params":{"targetId":"page-8"}}"#
    let answer = webKit.hear(gone)
    #expect(answer.contains("heap 2: let go: targetGone"))
    #expect(answer.contains("let go: targetGone"))
  }

  /// The web process was killed: nothing says so (facts, B6).
  @Test func `a page that never answers takes the connection with it`() {
    var webKit = attached()
    _ = webKit.request(.usage)
    expect(webKit.wait(.seconds(4)), equals: ["unresponsive"])
    expect(
      webKit.wait(.seconds(300)),
      equals: ["[1] noAnswer", "let go: unresponsive"]
    )
  }

  @Test func `leaving turns off what was turned on`() {
    var webKit = attached()
    expect(
      webKit.request(.detach),
      equals: [
        #"enclosed #4 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#,
        "enclosed #5 Heap.disable", "enclosed #6 Page.disable",
      ]
    )
    for number in 4...5 { expect(webKit.hear(enclosed("page-8", ok(number))), equals: []) }
    expect(
      webKit.hear(enclosed("page-8", ok(6))),
      equals: ["let go: detached"]
    )
  }

  @Test(.enabled(if: SharedMaterial.isPresent))
  func `a real snapshot comes through its shells wherever it is cut`() throws {
    let frames = try Capture.frames(gzip: "webkit/session-raw-frames.jsonl.gz")
    let reply = try #require(frames.first { !$0.isOurs && $0.text.contains("snapshotData") }).text
    for cut in [0, 1, 97, 130, 131, 4_096, 200_000, reply.utf8.count - 20] {
      var webKit = attached()
      _ = webKit.request(.snapshot(inSeries: false))
      _ = webKit.hear(enclosed("page-8", ok(4)))
      _ = webKit.hear(enclosed("page-8", memory(900_000)))
      expect(
        webKit.hear(enclosed("page-8", ok(5))),
        equals: ["enclosed #6 Heap.enable", "enclosed #7 Heap.snapshot"]
      )
      // The client of the capture had counted to 12.
      let ours = reply.replacing(#"\"id\":12}"#, with: ##"\"id\":#7}"##)
      let text = webKit.hear(ours, cut: cut).compactMap { line in
        line.hasPrefix("[1] text ") ? line.dropFirst("[1] text ".count) : nil
      }.joined()
      let snapshot = try JSONValue(parsing: text, limits: .init(bytes: 4 << 20, values: 200_000))
      expect(snapshot["type"]?.string, equals: "Inspector")
      expect(snapshot["nodes"]?.array?.count, equals: 4 * 4_817)
    }
  }

  @Test(.enabled(if: SharedMaterial.isPresent))
  func `a whole real session is listened to without a word too many`() throws {
    var webKit = Conversation(.webKitGTK)
    _ = webKit.start()
    for frame in try Capture.frames(gzip: "webkit/session-raw-frames.jsonl.gz") where !frame.isOurs
    {
      let answer = webKit.hear(frame.text)
      expect(answer.contains { $0.contains("unusable") }, equals: false)
    }
    expect(
      webKit.methods,
      equals: [
        "Target.sendMessageToTarget", "Page.enable", "Runtime.evaluate", "Heap.enable",
      ]
    )
  }
}
