import HeapModel
import InspectorProtocols
import TestSupport
import Testing

struct CDPTimelineTests {
  private let stop =
    #"HeapProfiler.stopTrackingHeapObjects {"reportProgress":true,"captureNumericValue":false}"#

  /// A session with Node that records for ten seconds; its calls are #1 to #4.
  private func recording() -> Conversation {
    var node = Conversation.attachedToNode()
    let request = AllocationRecording(milliseconds: 10_000, hasStacks: true)
    expect(
      node.request(.startTimeline(request)),
      equals: [
        #"#4 HeapProfiler.startTrackingHeapObjects {"trackAllocations":true}"#
      ]
    )
    expect(node.hear(NodeReply.ok(4)), equals: ["[1] recording"])
    return node
  }

  @Test func `a recording ends with its snapshot, and then its ids are cleared`() {
    var node = recording()
    let tick = #"{"method":"HeapProfiler.lastSeenObjectId","params":{"lastSeenObjectId":9}}"#
    expect(node.hear(tick), equals: [])
    // Readings go on meanwhile, and evaluate nothing that would be recorded.
    expect(node.request(.usage), equals: ["#5 Runtime.getHeapUsage"])
    let usage = #""result":{"usedSize":7,"totalSize":9}}"#
    expect(node.hear(##"{"id":#5,\##(usage)"##), equals: ["[2] usage 7/9"])
    #expect(node.capabilities.contains(.collectionEvents))

    expect(node.request(.stopTimeline), equals: ["#6 Runtime.getHeapUsage"])
    expect(
      node.hear(##"{"id":#6,\##(usage)"##),
      equals: ["#7 Runtime.discardConsoleEntries", "#8 \(stop)"]
    )
    expect(node.hear(NodeReply.chunk("{}")), equals: ["[3] text {}"])
    _ = node.hear(NodeReply.ok(7))
    expect(node.hear(NodeReply.ok(8)), equals: ["#9 HeapProfiler.disable"])
    expect(
      node.hear(NodeReply.ok(9)),
      equals: ["[3] snapshot of 2 bytes, epoch none", "series ended"]
    )
    expect(node.request(.stopTimeline), equals: ["[4] interrupted"])
  }

  @Test func `a recording that nobody ends is over soon after its time`() {
    var node = recording()
    expect(node.secondsToDeadline, equals: 15)
    expect(node.wait(.seconds(14)), equals: [])
    expect(node.wait(.seconds(1)).last, equals: "#6 HeapProfiler.disable")
    _ = node.hear(NodeReply.ok(5))
    expect(node.hear(NodeReply.ok(6)), equals: ["series ended"])
    #expect(node.secondsToDeadline == nil)
  }

  @Test(arguments: [SessionRequest.endSeries, .detach])
  func `whoever ends it or leaves ends it at once, even beside a developer`(how: SessionRequest) {
    var node = recording()
    _ = node.company(true)
    #expect(node.request(how).contains { $0.hasSuffix("HeapProfiler.disable") })
  }

  @Test func `nothing is recorded beside what it would end or who would share it`() {
    let request = SessionRequest.startTimeline(AllocationRecording(milliseconds: 1_000))
    var beside = Conversation.attachedToNode()
    _ = beside.company(true)
    expect(beside.request(request), equals: ["[1] inUse"])

    var sampling = Conversation.attachedToNode()
    _ = sampling.request(.startSampling(intervalBytes: 131_072))
    _ = sampling.hear(##"{"id":#4,\##(NodeReply.notStarted)}"##)
    _ = sampling.hear(NodeReply.ok(5))
    expect(sampling.request(request), equals: ["[2] busy"])

    var node = recording()
    expect(node.request(request), equals: ["[2] busy"])
    expect(node.request(.startSampling(intervalBytes: 131_072)), equals: ["[3] busy"])
    expect(node.request(.snapshot(inSeries: true)), equals: ["[4] busy"])
  }

  @Test func `what cannot record says so`() {
    let request = SessionRequest.startTimeline(AllocationRecording(milliseconds: 1_000))
    var bun = Conversation.attachedToBun()
    expect(bun.request(request), equals: ["[1] unsupported"])
    var node = Conversation.attachedToNode()
    _ = node.request(request)
    let refusal = ##"{"id":#4,"error":{"code":-32601,"message":"no such method"}}"##
    expect(node.hear(refusal).first, equals: "[1] noAnswer")
  }
}
