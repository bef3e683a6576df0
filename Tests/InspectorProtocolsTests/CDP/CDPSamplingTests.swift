import HeapModel
import InspectorProtocols
import JSONStream
import Testing
import TestSupport

struct CDPSamplingTests {
  private static let profile = """
    "result":{"profile":{"head":{"callFrame":{"functionName":"(root)","scriptId":"0","url":"",\
    "lineNumber":-1,"columnNumber":-1},"selfSize":0,"id":1,"children":[{"callFrame":\
    {"functionName":"hot","scriptId":"5","url":"file:///a.mjs","lineNumber":3,"columnNumber":7},\
    "selfSize":300,"id":2,"children":[]}]},"samples":[{"size":100,"nodeId":2,"ordinal":7},\
    {"size":200,"nodeId":2,"ordinal":9}]}}
    """

  @Test func `a window is opened only after nobody else has one`() {
    var node = Conversation.attachedToNode()
    expect(
      node.request(.startSampling(intervalBytes: 131_072)),
      equals: ["#4 HeapProfiler.getSamplingProfile"]
    )
    expect(
      node.hear(##"{"id":#4,\##(NodeReply.notStarted)}"##),
      equals: [#"#5 HeapProfiler.startSampling {"samplingInterval":131072}"#]
    )
    expect(node.hear(NodeReply.ok(5)), equals: ["[1] sampling"])
    expect(node.request(.startSampling(intervalBytes: 1)), equals: ["[2] busy"])
    expect(node.request(.stopSampling), equals: ["#6 HeapProfiler.stopSampling"])
    expect(node.hear(##"{"id":#6,\##(Self.profile)}"##), equals: ["[3] profile of 2, 300 bytes"])
    expect(node.request(.stopSampling), equals: ["[4] unsupported"])
  }

  @Test func `somebody else's sampler is read and never stopped`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.startSampling(intervalBytes: 131_072))
    let before = Self.profile.replacing(#""ordinal":9"#, with: #""ordinal":6"#)
    expect(node.hear(##"{"id":#4,\##(before)}"##), equals: ["[1] sampling"])
    expect(node.request(.stopSampling), equals: ["#5 HeapProfiler.getSamplingProfile"])
    // Only the sample with ordinal 9 lies behind the window's beginning at 7.
    expect(node.hear(##"{"id":#5,\##(Self.profile)}"##), equals: ["[2] profile of 2, 200 bytes"])
  }

  @Test func `a sampler that was stopped by another is reported`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.startSampling(intervalBytes: 131_072))
    _ = node.hear(##"{"id":#4,\##(NodeReply.notStarted)}"##)
    _ = node.hear(NodeReply.ok(5))
    _ = node.request(.stopSampling)
    expect(node.hear(##"{"id":#6,\##(NodeReply.notStarted)}"##), equals: ["[2] interrupted"])
    expect(
      node.request(.startSampling(intervalBytes: 131_072)),
      equals: ["#7 HeapProfiler.getSamplingProfile"]
    )
  }

  @Test func `a snapshot that would end the window is refused, one of a series is not`() {
    var node = Conversation.attachedToNode()
    _ = node.request(.startSampling(intervalBytes: 131_072))
    _ = node.hear(##"{"id":#4,\##(NodeReply.notStarted)}"##)
    _ = node.hear(NodeReply.ok(5))
    expect(node.request(.snapshot(inSeries: false)), equals: ["[2] busy"])
    expect(node.request(.snapshot(inSeries: true)), equals: ["#6 Runtime.evaluate usage"])
  }

  /// Whole replies of real runtimes.
  @Test(
    .enabled(if: SharedMaterial.isPresent),
    arguments: ["node20", "node22", "node24", "deno298"]
  )
  func `real profiles are read, cut anywhere`(runtime: String) throws {
    let messages = try Capture.messages("cdp/\(runtime)-sampling.jsonl")
    let reply = try #require(messages.first { $0.contains(#""functionName":"hot""#) })
    let id = try #require(JSONValue(parsing: reply)["id"]?.int)
    let text = reply.replacing(#"{"id":\#(id),"#, with: ##"{"id":#6,"##)

    for cut in stride(from: 0, to: text.utf8.count, by: 7) {
      var node = Conversation.attachedToNode()
      _ = node.request(.startSampling(intervalBytes: 131_072))
      _ = node.hear(##"{"id":#4,\##(NodeReply.notStarted)}"##)
      _ = node.hear(NodeReply.ok(5))
      _ = node.request(.stopSampling)
      let size = try #require(Self.selfSizes(try JSONValue(parsing: reply))).reduce(0, +)
      let lines = node.hear(text, cut: cut)
      #expect(lines.count == 1 && lines[0].hasSuffix(", \(size) bytes"), "\(lines) cut at \(cut)")
    }
  }

  private static func selfSizes(_ reply: JSONValue) -> [Int64]? {
    func sizes(_ node: JSONValue) -> [Int64] {
      [node["selfSize"]?.int ?? 0] + (node["children"]?.array ?? []).flatMap { sizes($0) }
    }
    return reply["result"]?["profile"]?["head"].map { sizes($0) }
  }
}
