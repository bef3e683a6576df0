import HeapModel
import InspectorProtocols
import TestSupport
import Testing

struct DenoTests {
  @Test func `beside a developer a reading leaves the console alone`() {
    var deno = attached()
    _ = deno.company(true)

    let lines = deno.request(.usage)
    #expect(lines.count == 1 && lines[0].contains("Runtime.evaluate"), "\(lines)")
  }

  private static let words = [
    "#1 Runtime.enable", "#2 Runtime.getIsolateId", "#3 NodeRuntime.enable",
    #"#4 NodeRuntime.notifyWhenWaitingForDisconnect {"enabled":true}"#,
    "#5 Target.setAutoAttach "
      + #"{"autoAttach":true,"waitForDebuggerOnStart":false,"flatten":true}"#,
  ]

  private static let mainContext =
    #"{"method":"Runtime.executionContextCreated","params":{"context":{"id":1,"origin":"","#
    + #""name":"main realm","auxData":{"isDefault":true}}}}"#

  private func attached() -> Conversation {
    var deno = Conversation(.deno)
    _ = deno.start()
    _ = deno.hear(Self.mainContext)
    _ = deno.hear(NodeReply.ok(1))
    _ = deno.hear(##"{"id":#2,"result":{"id":"5f49aeb8e58a7bd"}}"##)
    for number in 3...5 { _ = deno.hear(NodeReply.ok(number)) }
    return deno
  }

  /// As Deno 2.9.8 announced it (capture deno298-workers).
  private static let worker =
    #"{"method":"Target.attachedToTarget","params":{"sessionId":"1","targetInfo":{"targetId":"1","#
    + #""type":"node_worker","title":"worker [1]","url":"file:///srv/app/js/wk.mjs","#
    + #""attached":true,"canAccessOpener":true},"waitingForDebugger":false}}"#

  @Test func `the context's end is asked for first, and workers as flat sessions`() {
    var deno = Conversation(.deno)
    expect(deno.start(), equals: Self.words)
    expect(deno.hear(NodeReply.ok(1)), equals: [])
    expect(deno.hear(##"{"id":#2,"result":{"id":"5f49"}}"##), equals: ["attached 5f49"])
    expect(deno.methods.contains("NodeWorker.enable"), equals: false)
    let all: Capabilities = [.snapshot, .sampling, .collectionEvents, .heapSpaces, .comparisonByID]
    #expect(deno.capabilities.isSuperset(of: all))
  }

  /// Deno 2.4 knows neither `NodeRuntime` nor `Target`: nothing depends on them.
  @Test func `an older Deno that refuses what it does not know is kept`() {
    var deno = Conversation(.deno)
    _ = deno.start()
    _ = deno.hear(NodeReply.ok(1))
    _ = deno.hear(##"{"id":#2,"result":{"id":"5f49"}}"##)
    for number in 3...5 {
      let refusal = ##"{"id":#\##(number),"error":{"code":-32601,"message":"not found"}}"##
      expect(deno.hear(refusal), equals: [])
    }
    expect(
      deno.request(.usage),
      equals: ["#6 Runtime.discardConsoleEntries", "#7 Runtime.evaluate usage"]
    )
  }

  @Test func `without the context's end a program would be held up: it is let go of`() {
    var deno = Conversation(.deno)
    _ = deno.start()
    let refusal = ##"{"id":#1,"error":{"code":-32601,"message":"'Runtime.enable' wasn't found"}}"##
    expect(deno.hear(refusal), equals: ["let go: unusable"])
  }

  /// What `Runtime.enable` keeps alive is let go of with each reading.
  @Test func `every reading discards what was printed`() {
    var deno = attached()
    for round in 0..<3 {
      expect(
        deno.request(.usage),
        equals: [
          "#\(6 + 2 * round) Runtime.discardConsoleEntries",
          "#\(7 + 2 * round) Runtime.evaluate usage",
        ]
      )
      _ = deno.hear(NodeReply.ok(6 + 2 * round))
      _ = deno.hear(NodeReply.usage(7 + 2 * round, used: 5))
    }
  }

  /// Natural end (measured), and the message without `params` on an explicit one (capture
  /// deno298-exit-hold).
  @Test(
    arguments: [
      #"{"method":"Runtime.executionContextDestroyed","params":{"executionContextId":1}}"#,
      #"{"method":"NodeRuntime.waitingForDisconnect"}"#,
    ]
  )
  func `a program that ends is let go of in the same moment`(message: String) {
    var deno = attached()
    _ = deno.request(.usage)
    expect(deno.hear(message), equals: ["[1] sessionOver", "let go: targetExiting"])
  }

  @Test func `the end of another context is not the program's`() {
    var deno = attached()
    let other = #"{"method":"Runtime.executionContextDestroyed","params":{"executionContextId":2}}"#
    expect(deno.hear(other), equals: [])
    expect(deno.request(.usage).isEmpty, equals: false)
  }

  /// Deno 2.4 and 2.6 know no spaces either.
  @Test(arguments: [false, true])
  func `a version that counts no collections says so, once`(tellsSpaces: Bool) {
    var deno = attached()
    _ = deno.request(.usage)
    let space = #"{"space_name":"old_space","space_size":9,"space_used_size":5}"#
    let spaces = tellsSpaces ? #","spaces":[\#(space)]"# : ""
    let text = #"{"memory":{"rss":9},"heap":{"used_heap_size":5,"total_heap_size":9}\#(spaces)}"#
    expect(
      deno.hear(NodeReply.string(7, text)),
      equals: ["capabilities full", "[1] usage 5/9"]
    )
    expect(deno.capabilities.contains(.collectionEvents), equals: false)
    expect(deno.capabilities.contains(.heapSpaces), equals: tellsSpaces)
    _ = deno.request(.usage)
    expect(deno.hear(NodeReply.string(9, text)), equals: ["[2] usage 5/9"])
  }

  @Test func `a worker is spoken to beside the program, under its session's id`() {
    var deno = attached()
    expect(deno.hear(Self.worker), equals: ["heap 1: in 1 #6 Runtime.getIsolateId"])
    expect(
      deno.hear(##"{"id":#6,"result":{"id":"edb4"},"sessionId":"1"}"##),
      equals: ["heap 1: attached edb4 as worker 1"]
    )
    expect(deno.request(.usage, of: 1), equals: ["heap 1: in 1 #7 Runtime.evaluate usage"])
    let usage = NodeReply.usage(7, used: 3).dropLast() + #","sessionId":"1"}"#
    expect(deno.hear(String(usage)), equals: ["heap 1: [1] usage 3/2000"])
  }

  @Test(arguments: [0, 1, 80, 160])
  func `a worker's snapshot is its own, cut anywhere`(cut: Int) {
    var deno = attached()
    _ = deno.hear(Self.worker)
    _ = deno.hear(##"{"id":#6,"result":{"id":"edb4"},"sessionId":"1"}"##)
    _ = deno.request(.snapshot(inSeries: false), of: 1)
    expect(
      deno.hear(String(NodeReply.usage(7, used: 3).dropLast() + #","sessionId":"1"}"#)),
      equals: [
        "heap 1: in 1 #8 Runtime.discardConsoleEntries",
        "heap 1: in 1 #9 HeapProfiler.takeHeapSnapshot "
          + #"{"reportProgress":true,"captureNumericValue":false}"#,
      ]
    )
    let chunk = NodeReply.chunk(#"{"a":"é"}"#).dropLast() + #","sessionId":"1"}"#
    let text = deno.hear(String(chunk), cut: cut).joined()
    expect(text.replacing("heap 1: [1] text ", with: ""), equals: #"{"a":"é"}"#)
    _ = deno.hear(##"{"id":#9,"result":{},"sessionId":"1"}"##)
    expect(
      deno.hear(##"{"id":#10,"result":{},"sessionId":"1"}"##),
      equals: ["heap 1: [1] snapshot of 10 bytes, epoch none"]
    )
  }

  /// Deno says that the target is gone, not that the session is (capture deno298-workers).
  @Test func `a worker that ends ends alone`() {
    var deno = attached()
    _ = deno.hear(Self.worker)
    _ = deno.hear(##"{"id":#6,"result":{"id":"edb4"},"sessionId":"1"}"##)
    let gone = #"{"method":"Target.targetDestroyed","params":{"targetId":"1"}}"#
    expect(deno.hear(gone), equals: ["heap 1: let go: targetGone"])
    expect(deno.request(.usage).isEmpty, equals: false)
  }

  @Test(.enabled(if: SharedMaterial.isPresent))
  func `a recorded session with a worker is followed to its end`() throws {
    var deno = attached()
    var seen: [String] = []
    for message in try Capture.messages("cdp/deno298-workers.jsonl") {
      seen += deno.hear(message)
    }
    expect(seen, equals: ["heap 1: in 1 #6 Runtime.getIsolateId", "heap 1: let go: targetGone"])
  }

  @Test func `leaving takes the profiler out of the program`() {
    var deno = attached()
    expect(
      deno.request(.detach),
      equals: [
        "#6 Runtime.evaluate clean-up",
        #"#7 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#,
        "#8 Runtime.discardConsoleEntries",
      ]
    )
  }
}
