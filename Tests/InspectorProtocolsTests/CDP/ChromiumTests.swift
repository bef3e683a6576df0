import HeapModel
import InspectorProtocols
import JSONStream
import TestSupport
import Testing

struct ChromiumTests {
  private static let autoAttach =
    #" {"autoAttach":true,"waitForDebuggerOnStart":false,"flatten":true}"#

  private func connected() -> Conversation {
    var browser = Conversation(.chromium)
    _ = browser.start()
    _ = browser.hear(NodeReply.ok(1))
    return browser
  }

  private func target(
    _ session: String,
    _ identity: String,
    _ kind: String,
    of parent: String? = nil
  ) -> String {
    #"{"method":"Target.attachedToTarget","params":{"sessionId":"\#(session)","targetInfo":{"#
      + #""targetId":"\#(identity)","type":"\#(kind)","title":"","url":"http://a/\#(kind)"},"#
      + #""waitingForDebugger":false}\#(parent.map { #","sessionId":"\#($0)""# } ?? "")}"#
  }

  private func reply(_ number: Int, _ result: String, in session: String) -> String {
    ##"{"id":#\##(number),"result":\##(result),"sessionId":"\##(session)"}"##
  }

  /// A browser with one page, in isolate 1; calls so far are #1 to #4.
  private func withPage() -> Conversation {
    var browser = connected()
    _ = browser.hear(target("S1", "AAAAAAAA01", "page"))
    _ = browser.hear(reply(3, #"{"id":"1"}"#, in: "S1"))
    return browser
  }

  private func usage(_ number: Int, _ used: Int, in session: String) -> String {
    reply(number, #"{"usedSize":\#(used),"totalSize":9,"embedderHeapUsedSize":5}"#, in: session)
  }

  @Test func `the browser itself has no heap and says where they are`() {
    var browser = Conversation(.chromium)
    expect(
      browser.start(),
      equals: [
        "#1 Target.setAutoAttach" + Self.autoAttach,
        #"#2 Target.setDiscoverTargets {"discover":true}"#,
      ]
    )
    expect(browser.hear(NodeReply.ok(1)), equals: ["attached , limited"])
    expect(browser.capabilities, equals: [])
    expect(browser.request(.usage), equals: ["[1] unsupported"])
    expect(browser.request(.detach), equals: ["let go: detached"])
  }

  @Test func `a browser without a page is asked whether it answers`() {
    var browser = connected()
    expect(browser.wait(.seconds(10)), equals: ["#3 Browser.getVersion"])
    expect(browser.wait(.seconds(3)), equals: ["unresponsive"])
    expect(browser.hear(NodeReply.ok(3)), equals: ["responsive"])
    expect(browser.wait(.seconds(9)), equals: [])
  }

  /// Messages as Chromium 156 sent them: one page with a frame from another site, a dedicated, a
  /// shared and a service worker; the last is announced twice.
  @Test(.enabled(if: SharedMaterial.isPresent))
  func `everything with a heap is found, however deep, and once`() throws {
    var browser = connected()
    var seen: [String] = []
    let messages = try Capture.messages("cdp/chromium156-session.jsonl")
    for message in messages where message.contains("attachedToTarget") {
      seen += browser.hear(message).filter { $0.contains("getIsolateId") }
    }
    expect(seen.count, equals: 5, "\(seen)")
    for (index, number) in [3, 5, 7, 9, 11].enumerated() {
      let session = seen[index].split(separator: " ")[3]
      let lines = browser.hear(reply(number, #"{"id":"isolate\#(number)"}"#, in: String(session)))
      seen[index] = lines.joined()
    }
    expect(
      seen,
      equals: [
        "heap 1: attached isolate3 as shared worker 6cc34b43",
        "heap 2: attached isolate5 as page c08744d9",
        "heap 3: attached isolate7 as service worker 0a63cd79",
        "heap 4: attached isolate9 as frame 091ba47b",
        "heap 5: attached isolate11 as worker 6679837d",
      ]
    )
  }

  @Test func `a page announces what is below it`() {
    var browser = connected()
    expect(
      browser.hear(target("S1", "AAAAAAAA01", "page")),
      equals: [
        "heap 1: in S1 #3 Runtime.getIsolateId",
        "heap 1: in S1 #4 Target.setAutoAttach" + Self.autoAttach,
      ]
    )
    expect(browser.hear(target("S2", "AAAAAAAA02", "iframe", of: "S1")).count, equals: 2)
    expect(browser.hear(target("S3", "AAAAAAAA03", "browser_ui")), equals: [])
    expect(browser.hear(target("S4", "AAAAAAAA04", "tab")), equals: [])
  }

  @Test func `a page that goes elsewhere has another title`() {
    var browser = withPage()
    let elsewhere = target("S1", "AAAAAAAA01", "page").replacing(
      "attachedToTarget",
      with: "targetInfoChanged"
    )
    expect(browser.hear(elsewhere), equals: [])
    expect(
      browser.hear(elsewhere.replacing("http://a/page", with: "http://b/")),
      equals: [
        "heap 1: retitled http://b/"
      ]
    )
  }

  @Test func `usage is V8's own, and asks each time which isolate it is`() {
    var browser = withPage()
    expect(
      browser.request(.usage, of: 1),
      equals: [
        "heap 1: in S1 #5 Memory.getDOMCounters", "heap 1: in S1 #6 Runtime.getIsolateId",
        "heap 1: in S1 #7 Runtime.getHeapUsage",
      ]
    )
    let counters = #"{"documents":2,"nodes":30,"jsEventListeners":4}"#
    expect(browser.hear(reply(5, counters, in: "S1")), equals: [])
    expect(browser.hear(reply(6, #"{"id":"1"}"#, in: "S1")), equals: [])
    expect(
      browser.hear(usage(7, 7, in: "S1")),
      equals: [
        "heap 1: [1] usage 7/9, 2 documents 30 nodes 4 listeners"
      ]
    )
  }

  @Test func `a worker has no documents to count`() {
    var browser = connected()
    _ = browser.hear(target("S1", "AAAAAAAA01", "service_worker"))
    _ = browser.hear(reply(3, #"{"id":"1"}"#, in: "S1"))
    expect(browser.request(.usage, of: 1).count, equals: 2)
    _ = browser.hear(reply(5, #"{"id":"1"}"#, in: "S1"))
    expect(browser.hear(usage(6, 7, in: "S1")), equals: ["heap 1: [1] usage 7/9"])
  }

  @Test func `another session with a service worker takes over when the first is gone`() {
    var browser = withPage()
    _ = browser.hear(target("S2", "AAAAAAAA02", "service_worker", of: "S1"))
    expect(browser.hear(target("S3", "AAAAAAAA02", "service_worker")), equals: [])
    let gone = #"{"method":"Target.detachedFromTarget","params":{"sessionId":"S2"}}"#
    expect(
      browser.hear(gone),
      equals: [
        "heap 2: let go: targetGone", "heap 3: in S3 #7 Runtime.getIsolateId",
        "heap 3: in S3 #8 Target.setAutoAttach" + Self.autoAttach,
      ]
    )
  }

  @Test func `pages of one isolate are read and captured once`() {
    var browser = withPage()
    _ = browser.hear(target("S2", "AAAAAAAA02", "page"))
    expect(
      browser.hear(reply(5, #"{"id":"1"}"#, in: "S2")),
      equals: ["heap 2: attached 1 as page aaaaaaaa", "heap 2: capabilities limited"]
    )
    expect(browser.request(.snapshot(inSeries: false), of: 2), equals: ["heap 2: [1] unsupported"])
    let gone = #"{"method":"Target.detachedFromTarget","params":{"sessionId":"S1"}}"#
    expect(
      browser.hear(gone),
      equals: ["heap 1: let go: targetGone", "heap 2: capabilities full"]
    )
    expect(browser.request(.usage, of: 2).count, equals: 3)
  }

  @Test func `a guest that is loaded from elsewhere has a heap of its own`() {
    var browser = withPage()
    _ = browser.hear(target("S2", "AAAAAAAA02", "page"))
    _ = browser.hear(reply(5, #"{"id":"1"}"#, in: "S2"))
    #expect(browser.wait(.seconds(31)).contains("heap 2: in S2 #7 Runtime.getIsolateId"))
    expect(browser.hear(reply(7, #"{"id":"2"}"#, in: "S2")), equals: ["heap 2: capabilities full"])
  }

  @Test func `a page that goes on in another isolate ends its series`() {
    var browser = withPage()
    _ = browser.request(.snapshot(inSeries: true), of: 1)
    _ = browser.hear(reply(5, #"{"id":"1"}"#, in: "S1"))
    expect(
      browser.hear(usage(6, 7, in: "S1")),
      equals: ["heap 1: in S1 #7 Runtime.evaluate anchors"]
    )
    _ = browser.hear(reply(7, #"{"result":{"type":"object","objectId":"array"}}"#, in: "S1"))
    let anchors = NodeReply.anchors(8).dropLast() + #","sessionId":"S1"}"#
    _ = browser.hear(String(anchors))
    _ = browser.hear(NodeReply.chunk("{}").dropLast() + #","sessionId":"S1"}"#)
    _ = browser.hear(reply(9, "{}", in: "S1"))
    _ = browser.hear(reply(10, "{}", in: "S1"))
    for index in 0..<33 {
      let id = #"{"heapSnapshotObjectId":"\#(index + 1)"}"#
      let lines = browser.hear(reply(11 + index, id, in: "S1"))
      expect(
        lines.joined().contains("snapshot of 2 bytes, epoch 9e3779b97f4a86d1-1"),
        equals: (index == 32)
      )
    }

    _ = browser.request(.usage, of: 1)
    _ = browser.hear(reply(44, "{}", in: "S1"))
    expect(browser.hear(reply(45, #"{"id":"2"}"#, in: "S1")), equals: ["heap 1: series ended"])
    // What does not tell its documents has none to show.
    expect(browser.hear(usage(46, 7, in: "S1")), equals: ["heap 1: [2] usage 7/9"])
  }

  @Test(
    arguments: [
      #"{"method":"Inspector.targetCrashed","params":{},"sessionId":"S1"}"#,
      #"{"method":"Target.targetCrashed","params":{"targetId":"AAAAAAAA01","status":"crashed"}}"#,
      #"{"method":"Target.detachedFromTarget","params":{"sessionId":"S1"}}"#,
    ]
  )
  func `a page that crashes or closes is dropped and the browser stays`(message: String) {
    var browser = withPage()
    _ = browser.request(.usage, of: 1)
    expect(
      browser.hear(message),
      equals: ["heap 1: [1] sessionOver", "heap 1: let go: targetGone"]
    )
    expect(browser.hear(target("S2", "AAAAAAAA02", "page")).count, equals: 2)
  }

  @Test func `a page that is loaded anew after its crash is attached again, by the same name`() {
    var browser = withPage()
    let crashed = #"{"method":"Inspector.targetCrashed","params":{},"sessionId":"S1"}"#
    let reloaded = #"{"method":"Inspector.targetReloadedAfterCrash","params":{},"sessionId":"S1"}"#
    expect(browser.hear(reloaded), equals: [])
    expect(browser.hear(crashed), equals: ["heap 1: let go: targetGone"])
    // Told once of the session, and once of the page.
    let again =
      #"{"method":"Target.targetCrashed","params":{"targetId":"AAAAAAAA01","status":"crashed"}}"#
    expect(browser.hear(again), equals: [])
    let said = browser.hear(reloaded)
    expect(said.isEmpty, equals: false)
    expect(said.allSatisfy { $0.hasPrefix("heap 2: ") }, equals: true)
    // Once: the session serves already.
    expect(browser.hear(reloaded), equals: [])
  }

  @Test(
    arguments: [
      #"{"method":"Target.detachedFromTarget","params":{"sessionId":"S1"}}"#,
      #"{"method":"Target.targetDestroyed","params":{"targetId":"AAAAAAAA01"}}"#,
    ]
  )
  func `a page that is closed after its crash does not come back`(closed: String) {
    var browser = withPage()
    _ = browser.hear(#"{"method":"Inspector.targetCrashed","params":{},"sessionId":"S1"}"#)
    expect(browser.hear(closed), equals: [])
    let reloaded = #"{"method":"Inspector.targetReloadedAfterCrash","params":{},"sessionId":"S1"}"#
    expect(browser.hear(reloaded), equals: [])
  }

  @Test func `no page is ever evaluated in, but for a series`() {
    var browser = withPage()
    _ = browser.request(.usage, of: 1)
    _ = browser.hear(reply(6, #"{"id":"1"}"#, in: "S1"))
    _ = browser.hear(usage(7, 7, in: "S1"))
    _ = browser.request(.snapshot(inSeries: false), of: 1)
    _ = browser.hear(reply(8, #"{"id":"1"}"#, in: "S1"))
    _ = browser.hear(usage(9, 7, in: "S1"))
    expect(browser.methods.contains("Runtime.evaluate"), equals: false)
    expect(browser.methods.contains("Runtime.enable"), equals: false)
  }
}
