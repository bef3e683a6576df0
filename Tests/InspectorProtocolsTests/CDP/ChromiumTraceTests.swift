import HeapModel
@testable import InspectorProtocols
import TestSupport
import Testing

/// Collections of pages, told in a trace of the browser; events are as Chromium 156 writes them.
struct ChromiumTraceTests {
  private static let start =
    #"Tracing.start {"transferMode":"ReportEvents","traceConfig":{"includedCategories":["#
    + #""v8","devtools"],"excludedCategories":["*"]}}"#
  private static let complete =
    #"{"method":"Tracing.tracingComplete","params":{"dataLossOccurred":false}}"#
  private static let loss =
    #"{"method":"Tracing.tracingComplete","params":{"dataLossOccurred":true}}"#
  private static let taken =
    ##"{"id":#7,"error":{"code":-32000,"message":"##
    + ##""Tracing has already been started (possibly in another tab)."}}"##

  /// A browser with two pages in isolates of their own, S1 and S2; its calls are #1 to #6.
  private func browser() -> Conversation {
    var browser = Conversation(.chromium)
    _ = browser.start()
    _ = browser.hear(NodeReply.ok(1))
    for page in 1...2 {
      let target =
        #"{"targetId":"AAAAAAAA0\#(page)","type":"page","title":"","url":"http://a/\#(page)"}"#
      _ = browser.hear(
        #"{"method":"Target.attachedToTarget","params":{"sessionId":"S\#(page)","targetInfo":"#
          + #"\#(target),"waitingForDebugger":false}}"#
      )
      _ = browser.hear(isolate(page * 2 + 1, page))
    }
    return browser
  }

  private func isolate(_ call: Int, _ page: Int) -> String {
    ##"{"id":#\##(call),"result":{"id":"\##(page)"},"sessionId":"S\##(page)"}"##
  }

  /// Answers a reading whose first call has this number.
  private func read(_ call: Int, _ page: Int, _ browser: inout Conversation) -> [String] {
    let session = #","sessionId":"S\#(page)"}"#
    let counters = #"{"documents":1,"nodes":2,"jsEventListeners":3}"#
    return browser.hear(##"{"id":#\##(call),"result":\##(counters)"## + session)
      + browser.hear(isolate(call + 1, page))
      + browser.hear(##"{"id":#\##(call + 2),"result":{"usedSize":7,"totalSize":9}"## + session)
  }

  private func events(_ list: String...) -> String {
    #"{"method":"Tracing.dataCollected","params":{"value":[\#(list.joined(separator: ","))]}}"#
  }

  private func event(_ name: String, _ thread: Int, at time: Int, _ arguments: String) -> String {
    #"{"args":{\#(arguments)},"cat":"devtools.timeline,v8","dur":1500,"name":"\#(name)","ph":"X","#
      + #""pid":9,"tdur":7,"tid":\#(thread),"ts":\#(time),"tts":1}"#
  }

  private func collection(_ name: String, _ thread: Int, at time: Int) -> String {
    let used = #""type":"allocation failure","usedHeapSizeAfter":3,"usedHeapSizeBefore":8"#
    return event(name, thread, at: time, used)
  }

  private func answered(_ call: Int, _ thread: Int, at time: Int) -> String {
    event(
      "DevToolsSession::DispatchProtocolCommandImpl",
      thread,
      at: time,
      ##""call_id":#\##(call)"##
    )
  }

  /// One page's window is open; calls so far are #1 to #8.
  private func watching() -> Conversation {
    var browser = browser()
    expect(browser.request(.openCollectionWindow, of: 1), equals: ["#7 " + Self.start])
    expect(browser.hear(NodeReply.ok(7)), equals: ["heap 1: in S1 #8 Runtime.getIsolateId"])
    expect(browser.hear(isolate(8, 1)), equals: ["heap 1: [1] window opened"])
    return browser
  }

  @Test func `pages share one trace, and each is told what ran on its own thread`() {
    var browser = watching()
    expect(
      browser.request(.openCollectionWindow, of: 2),
      equals: ["heap 2: in S2 #9 Runtime.getIsolateId"]
    )
    expect(browser.hear(isolate(9, 2)), equals: ["heap 2: [2] window opened"])

    _ = browser.request(.closeCollectionWindow, of: 1)
    expect(read(10, 1, &browser), equals: [])
    // Too late to join, since the trace is to end.
    expect(browser.request(.openCollectionWindow, of: 1), equals: ["heap 1: [4] busy"])
    _ = browser.request(.closeCollectionWindow, of: 2)
    expect(read(13, 2, &browser), equals: ["#16 Tracing.end"])
    expect(browser.hear(NodeReply.ok(16)), equals: [])
    let before = collection("MinorGC", 21, at: 99)
    let first = collection("MinorGC", 21, at: 2_000)
    _ = browser.hear(events(answered(14, 22, at: 9_000), before, answered(8, 21, at: 1_000), first))
    _ = browser.hear(events(answered(9, 22, at: 1_500), answered(11, 21, at: 8_000)))
    // On the second page's thread, on one that is nobody's, and after the first page's window.
    let others = (22...23).map { collection("MajorGC", $0, at: 5_000) }
    _ = browser.hear(events(others[0], others[1], collection("MajorGC", 21, at: 8_500)))
    expect(
      browser.hear(Self.complete),
      equals: [
        "heap 1: [3] usage 7/9 minor 1, 1 documents 2 nodes 3 listeners",
        "heap 2: [5] usage 7/9 major 1, 1 documents 2 nodes 3 listeners",
      ]
    )
    // And another trace may begin.
    expect(browser.request(.openCollectionWindow, of: 1), equals: ["#17 " + Self.start])
  }

  @Test func `a collection has the time, the pause and the sizes that the trace tells`() throws {
    let trace = traceOfOne()
    var window = CDPTraceWindow()
    window.asked(1)
    window.answered(at: 5_000_000_000)
    window.asked(2)
    window.answered(at: 9_000_000_000)
    window.forcedCollections = 1
    let expected = CollectionActivity(
      kind: .major,
      time: 5_000_002_000,
      count: 1,
      pauseNanoseconds: 1_500_000,
      longestPauseNanoseconds: 1_500_000,
      usedBefore: 8,
      usedAfter: 3,
      forcedCount: 1
    )
    try expect(window.collections(in: trace), equals: [expected])
  }

  private func traceOfOne() -> CollectionTrace {
    let thread = CollectionTrace.Thread(processID: 1, threadID: 2)
    var trace = CollectionTrace()
    trace.append(CollectionTrace.Mark(thread: thread, time: 10), of: 1)
    trace.append(CollectionTrace.Mark(thread: thread, time: 20), of: 2)
    trace.append(
      CollectionTrace.Collection(
        thread: thread,
        kind: .major,
        start: 12,
        microseconds: 1_500,
        usedBefore: 8,
        usedAfter: 3
      )
    )
    return trace
  }

  /// What the browser says at the end: which call was answered on which thread, and its last word.
  private static let endings: [(Int, Int, String, String)] = [
    (10, 22, complete, "interrupted"), (10, 21, loss, "interrupted"), (1, 21, complete, "noAnswer"),
  ]

  @Test(arguments: ChromiumTraceTests.endings)
  func `what cannot be told for certain is not told`(
    call: Int,
    thread: Int,
    end: String,
    code: String
  ) {
    var browser = watching()
    _ = browser.request(.closeCollectionWindow, of: 1)
    expect(read(9, 1, &browser), equals: ["#12 Tracing.end"])
    _ = browser.hear(NodeReply.ok(12))
    _ = browser.hear(events(answered(8, 21, at: 1), answered(call, thread, at: 2)))
    expect(browser.hear(end), equals: ["heap 1: [2] \(code)"])
  }

  @Test func `somebody else's trace is left alone`() {
    var browser = browser()
    _ = browser.request(.openCollectionWindow, of: 1)
    expect(browser.request(.openCollectionWindow, of: 2), equals: [])
    expect(browser.hear(Self.taken), equals: ["heap 1: [1] inUse", "heap 2: [2] inUse"])
    expect(
      browser.request(.closeCollectionWindow, of: 1),
      equals: ["heap 1: [3] interrupted"]
    )
    expect(browser.methods.contains("Tracing.end"), equals: false)
    // The browser itself has none to open.
    expect(browser.request(.openCollectionWindow), equals: ["[4] unsupported"])
  }

  @Test func `a trace ends with the last page that wants it`() {
    var browser = watching()
    let gone = #"{"method":"Target.detachedFromTarget","params":{"sessionId":"S1"}}"#
    expect(browser.hear(gone), equals: ["heap 1: let go: targetGone", "#9 Tracing.end"])
  }

  @Test func `whoever waits for a trace is answered when its page is gone`() {
    var browser = watching()
    _ = browser.request(.openCollectionWindow, of: 2)
    _ = browser.hear(isolate(9, 2))
    _ = browser.request(.closeCollectionWindow, of: 1)
    _ = read(10, 1, &browser)
    let gone = #"{"method":"Target.detachedFromTarget","params":{"sessionId":"S1"}}"#
    expect(
      browser.hear(gone),
      equals: ["heap 1: [3] sessionOver", "heap 1: let go: targetGone"]
    )
  }

  @Test func `a trace that nobody ends is over after two minutes`() throws {
    var browser = watching()
    let line = browser.wait(.seconds(131)).first { $0.hasSuffix("Tracing.end") }
    let call = try #require(line.flatMap { Int($0.dropFirst().prefix { $0.isNumber }) })
    _ = browser.hear(NodeReply.ok(call))
    _ = browser.hear(Self.complete)
    expect(
      browser.request(.closeCollectionWindow, of: 1),
      equals: ["heap 1: [2] interrupted"]
    )
  }

  @Test func `a trace is ended before we leave`() {
    var browser = watching()
    _ = browser.request(.detach)
    let end = browser.wait(.seconds(3)).suffix(2)
    #expect(end.first?.hasSuffix("Tracing.end") == true && end.last == "let go: detached")
  }

  @Test func `who tells collections by itself needs no trace`() {
    var node = Conversation.attachedToNode()
    expect(node.request(.openCollectionWindow), equals: ["[1] unsupported"])
    #expect(node.capabilities.contains([.collectionEvents, .collectionWindow]))
  }
}
