import HeapModel
import InspectorProtocols
import TestSupport
import Testing

struct WorkerdTests {
  private func attached() -> Conversation {
    var workerd = Conversation(.workerd)
    _ = workerd.start()
    _ = workerd.hear(##"{"id":#1,"result":{"id":"77"}}"##)
    return workerd
  }

  private func isolate(_ number: Int, _ id: String = "77") -> String {
    ##"{"id":#\##(number),"result":{"id":"\##(id)"}}"##
  }

  private func usage(_ number: Int, _ used: Int) -> String {
    ##"{"id":#\##(number),"method":"Runtime.getHeapUsage","##
      + #""result":{"usedSize":\#(used),"totalSize":9,"backingStorageSize":1}}"#
  }

  @Test func `the isolate is asked for first, and what wrangler turns on is turned off`() {
    var workerd = Conversation(.workerd)
    expect(
      workerd.start(),
      equals: ["#1 Runtime.getIsolateId", "#2 Debugger.disable", "#3 Network.disable"]
    )
    expect(workerd.hear(isolate(1)), equals: ["attached 77"])
    #expect(workerd.capabilities.contains([.snapshot, .sampling, .forcedCollection, .liveUsage]))
    let missing: Capabilities = [.collectionEvents, .heapSpaces, .comparisonByID]
    #expect(workerd.capabilities.isDisjoint(with: missing))
  }

  /// The proxy hands on what another client had asked for and not waited for (capture
  /// wrangler-proxy-abandoned-snapshot).
  @Test(.enabled(if: SharedMaterial.isPresent))
  func `what comes before the first reply is somebody else's`() throws {
    var workerd = Conversation(.workerd)
    _ = workerd.start()
    for message in try Capture.messages("workers/wrangler-proxy-abandoned-snapshot.jsonl") {
      expect(workerd.hear(message), equals: [])
    }
    expect(workerd.hear(NodeReply.chunk("late")), equals: [])
    expect(workerd.hear(isolate(1)), equals: ["attached 77"])
  }

  /// A reply has the call's `method`, and that of a snapshot has no `result`.
  @Test func `a snapshot ends with a reply that has no result`() {
    var workerd = attached()
    expect(
      workerd.request(.snapshot(inSeries: true)),
      equals: ["#4 Runtime.getIsolateId", "#5 Runtime.getHeapUsage"]
    )
    _ = workerd.hear(isolate(4))
    expect(
      workerd.hear(usage(5, 7)).last,
      equals: "#7 HeapProfiler.takeHeapSnapshot "
        + #"{"reportProgress":true,"captureNumericValue":false}"#
    )
    expect(workerd.hear(NodeReply.chunk("{}")), equals: ["[1] text {}"])
    let end =
      ##"{"id":#7,"method":"HeapProfiler.takeHeapSnapshot","params":{"reportProgress":true}}"##
    expect(workerd.hear(end), equals: ["#8 HeapProfiler.disable"])
    expect(workerd.hear(NodeReply.ok(8)), equals: ["[1] snapshot of 2 bytes, epoch none"])
  }

  @Test func `a sampler makes it collect, idle or not`() {
    var workerd = attached()
    expect(workerd.request(.collectGarbage), equals: ["#4 Runtime.getHeapUsage"])
    expect(
      workerd.hear(usage(4, 9)),
      equals: [
        #"#5 HeapProfiler.startSampling {"samplingInterval":131072}"#,
        "#6 HeapProfiler.stopSampling",
      ]
    )
    expect(workerd.hear(NodeReply.ok(5)), equals: [])
    let profile =
      ##"{"id":#6,"result":{"profile":{"head":{"callFrame":{"functionName":"(root)"},"##
      + #""selfSize":0,"id":1,"children":[]},"samples":[]}}}"#
    expect(workerd.hear(profile), equals: ["#7 Runtime.getHeapUsage"])
    expect(workerd.hear(usage(7, 3)), equals: ["[1] collected 9 -> 3 in 0 ms"])
    expect(workerd.methods.contains("HeapProfiler.collectGarbage"), equals: false)
  }

  @Test func `a collection would end an open window and waits for its end`() {
    var workerd = attached()
    _ = workerd.request(.startSampling(intervalBytes: 1 << 17))
    _ = workerd.hear(##"{"id":#4,\##(NodeReply.notStarted)}"##)
    expect(workerd.hear(NodeReply.ok(5)), equals: ["[1] sampling"])
    expect(workerd.request(.collectGarbage), equals: ["[2] busy"])
    // A proxy keeps the session, and the sampler with it, when we go.
    expect(workerd.request(.detach).first, equals: "#6 HeapProfiler.disable")
  }

  /// Seen with wrangler 4.164: the first call goes to the worker that was, and has no reply.
  @Test func `code that was changed while we attach is asked again`() {
    var workerd = Conversation(.workerd)
    _ = workerd.start()
    expect(
      workerd.hear(#"{"method":"Runtime.executionContextsCleared","params":{}}"#),
      equals: ["#4 Runtime.getIsolateId", "#5 Debugger.disable", "#6 Network.disable"]
    )
    expect(workerd.hear(isolate(1, "old")), equals: [])
    expect(workerd.hear(isolate(4, "new")), equals: ["attached new"])
  }

  @Test func `code that was changed fails what is under way`() {
    var workerd = attached()
    _ = workerd.request(.usage)
    expect(
      workerd.hear(#"{"method":"Runtime.executionContextsCleared","params":{}}"#),
      equals: ["[1] interrupted", "#6 Debugger.disable", "#7 Network.disable"]
    )
    expect(workerd.request(.usage), equals: ["#8 Runtime.getIsolateId", "#9 Runtime.getHeapUsage"])
    _ = workerd.hear(isolate(8, "78"))
    expect(workerd.hear(usage(9, 4)), equals: ["[2] usage 4/9"])
  }

  @Test(.enabled(if: SharedMaterial.isPresent))
  func `a recorded session tells usage to whoever asked`() throws {
    var workerd = attached()
    _ = workerd.request(.usage)
    for message in try Capture.messages("workers/workerd-direct-session-snapshot.jsonl") {
      expect(workerd.hear(message), equals: [])
    }
    _ = workerd.hear(isolate(4))
    expect(workerd.hear(usage(5, 4)), equals: ["[1] usage 4/9"])
  }
}
