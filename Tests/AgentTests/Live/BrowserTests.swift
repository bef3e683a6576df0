import Agent
import Connections
import FleetProtocol
import Foundation
import HeapModel
import SnapshotColumns
import TestSupport
import Testing

/// Real browsers under an agent; absent ones are not among the arguments.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BrowserTests {
  private let mark = "test-\(UUID().uuidString)"

  private static let page = """
    <!doctype html><title>held</title><script>
    class HeldByPage { constructor(i) { this.name = 'held ' + i } }
    window.held = Array.from({ length: 3000 }, (_, i) => new HeldByPage(i))
    </script>
    """

  private func pageTarget(
    _ kind: LiveBrowser.Kind,
    _ browser: LiveBrowser,
    in collector: ScriptedCollector
  ) async throws -> TargetDescription? {
    try await eventually(within: .seconds(90)) {
      collector.targets.first { target in
        target.processID == browser.processID && target.state == .attached
          && target.labels.instance.contains(kind.heapName) && target.title.hasSuffix("page.html")
      }
    }
  }

  @Test(arguments: LiveBrowser.present)
  func `a page is a target with usage and snapshots, and its browser ends when it is told to`(
    _ kind: LiveBrowser.Kind
  ) async throws {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(kind, page: Self.page, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await pageTarget(kind, browser, in: collector))
    #expect(target.capabilities.contains([.snapshot, .forcedCollection]))
    let usage = try await eventually { collector.readings(of: target.id).first }
    #expect((usage?.used ?? 0) > 300_000)

    collector.send(
      Command(
        id: hexadecimalID(1),
        targetID: target.id,
        deadline: .max,
        action: .takeSnapshot(
          TakeSnapshot(
            uploadID: hexadecimalID(1_001),
            series: "",
            step: 0,
            holdIDs: false,
            isForced: true
          )
        )
      )
    )
    let update = try await eventually(within: .seconds(120)) {
      collector.finalUpdate(of: hexadecimalID(1))
    }
    expect(update?.state, equals: .done, "\(String(describing: update))")
    let blocks = try #require(try await eventually { collector.blocks(of: hexadecimalID(1_001)) })
    let heap = try graph(blocks)
    #expect(heap.nodeCount > 6_000)
    #expect((0..<heap.names.count).contains { heap.names[$0] == "HeldByPage" })
    #expect(try await isEventuallyTrue { browser.leftovers.isEmpty })

    // It takes a tenth of a second alone; a session that held it up would do so without end.
    let time = try #require(try await browser.timeToEnd(within: .seconds(10)))
    #expect(time < .seconds(2))
    try await agent.stop()
    await collector.stop()
  }

  /// WebKit's server would throw the first client out for a second one.
  @Test(.enabled(if: LiveBrowser.present.contains(.webKitGTK)))
  func `a developer's own inspector is left alone, and we come when it is gone`() async throws {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(.webKitGTK, page: Self.page, mark: mark)
    let isServed = try await isEventuallyTrue(within: .seconds(60)) {
      let reply = try? await HTTPGet.get("/", from: browser.address, until: .now + .seconds(2))
      return String(decoding: reply?.body ?? [], as: UTF8.self).contains("/socket/1/1/WebPage")
    }
    try #require(isServed)
    let developer = try await WebSocketClient.connect(
      to: browser.address,
      path: "/socket/1/1/WebPage",
      until: .now + .seconds(10)
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let isInUse = try await isEventuallyTrue {
      collector.target(browser.processID, .inUse) != nil
    }
    #expect(isInUse)

    try await developer.send(Array(#"{"id":1,"method":"Target.setPauseOnStart","params":{}}"#.utf8))
    var answer: [UInt8] = []
    while String(decoding: answer, as: UTF8.self).contains(#""id":1"#) == false {
      let outcome = try await developer.receive(until: .now + .seconds(10)) { piece in
        if case .bytes(let bytes) = piece { answer += bytes }
      }
      try #require(outcome == .received)
    }
    developer.close()
    #expect(try await pageTarget(.webKitGTK, browser, in: collector) != nil)
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: LiveBrowser.present.contains(.firefox)))
  func `a developer's own connection to Firefox goes on beside ours`() async throws {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(.firefox, page: Self.page, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    _ = try #require(try await pageTarget(.firefox, browser, in: collector))
    let developer = try await ByteStreamClient.connect(
      to: browser.address,
      until: .now + .seconds(10)
    )
    #expect(try await hear("applicationType", from: developer))
    try await agent.stop()
    try await developer.send(
      Array(#"31:{"to":"root","type":"listTabs"}"#.utf8),
      isolation: nil
    )
    #expect(try await hear("page.html", from: developer))
    developer.close()
    await collector.stop()
  }

  private func hear(_ text: String, from client: ByteStreamClient) async throws -> Bool {
    var heard: [UInt8] = []
    while String(decoding: heard, as: UTF8.self).contains(text) == false {
      let outcome = try await client.receive(until: .now + .seconds(10), isolation: nil) { piece in
        if case .bytes(let bytes) = piece { heard += bytes }
      }
      guard outcome == .received else { return false }
    }
    return true
  }

  private func graph(_ blocks: [PutBlock]) throws -> HeapGraph {
    let builder = HeapGraphBuilder()
    let decoder = try SnapshotColumnsDecoder(receiver: builder)
    for block in blocks {
      try decoder.consume(
        EncodedBlock(
          index: block.index,
          kind: block.kind,
          rawByteCount: Int(block.rawSize),
          bytes: block.payload
        )
      )
    }
    try decoder.finish()
    return try builder.makeGraph()
  }
}
