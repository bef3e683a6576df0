import Agent
import Configuration
import Connections
import FleetProtocol
import Foundation
import HeapModel
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

  private static let otherPage = """
    <!doctype html><title>other</title><script>
    class HeldByOther { constructor(i) { this.name = 'held ' + i } }
    window.held = Array.from({ length: 3000 }, (_, i) => new HeldByOther(i))
    const code = `class HeldByWorker { constructor(i) { this.name = 'held ' + i } }
      self.held = Array.from({ length: 3000 }, (_, i) => new HeldByWorker(i))`
    window.worker = new Worker(URL.createObjectURL(new Blob([code])))
    \(LiveBrowser.listener)
    </script>
    """

  private func pageTarget(
    _ kind: LiveBrowser.Kind,
    _ browser: LiveBrowser,
    in collector: ScriptedCollector,
    at file: String = "page.html"
  ) async throws -> TargetDescription? {
    try await eventually(within: .seconds(90)) {
      collector.targets.first { target in
        target.state == .attached
          && target.labels.instance.contains(kind.heapName) && target.title.hasSuffix(file)
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

    let heap = try await collector.snapshot(1, of: target)
    #expect(heap.nodeCount > 6_000)
    #expect(heap.has("HeldByPage"))
    #expect(try await isEventuallyTrue { browser.leftovers.isEmpty })

    try await count(kind, target, collector)

    // It takes a tenth of a second alone; a session that held it up would do so without end.
    let time = try #require(try await browser.timeToEnd(within: .seconds(10)))
    #expect(time < .seconds(2))
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: LiveBrowser.present.contains(.firefox)), arguments: [false, true])
  func `Firefox's file of a snapshot is read, and sent where it is out of reach`(
    isOutOfReach: Bool
  ) async throws {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(
      .firefox,
      page: Self.page,
      hidesFiles: isOutOfReach,
      mark: mark
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await pageTarget(.firefox, browser, in: collector))
    let heap = try await collector.snapshot(1, of: target)
    #expect(heap.has("HeldByPage"))
    let log = agent.log
    expect(log.contains("its file is read"), equals: !isOutOfReach, log)
    expect(
      log.contains("cannot open its folder link: Not a directory"),
      equals: isOutOfReach,
      log
    )
    #expect(try await isEventuallyTrue { browser.leftovers.isEmpty })
    try await agent.stop()
    await collector.stop()
  }

  /// Firefox has one process for all pages of files.
  @Test(.enabled(if: LiveBrowser.present.contains(.firefox)))
  func `a tab is told with its process's number and size, and so is its neighbour there`()
    async throws
  {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(.firefox, page: Self.page, other: Self.otherPage, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let tab = try #require(try await pageTarget(.firefox, browser, in: collector))
    let other = try #require(
      try await pageTarget(.firefox, browser, in: collector, at: "other.html")
    )
    let parent = try #require(
      collector.targets.first { $0.processID == browser.processID && $0.title == "parent process" }
    )
    #expect(tab.processID != browser.processID)
    expect(other.processID, equals: tab.processID)
    for target in [tab, other, parent] {
      let reading = try #require(
        try await eventually { collector.readings(of: target.id).last { $0.residentSize != nil } }
      )
      let size = try #require(HostMemory().residentSize(of: target.processID))
      let told = try #require(reading.residentSize)
      #expect((size / 2...size * 2).contains(told), "\(target.title)")
    }
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: LiveBrowser.present.contains(.firefox)))
  func `Firefox's parent process is captured where it is meant by its id`() async throws {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(.firefox, page: Self.page, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let found = try await eventually(within: .seconds(90)) {
      collector.targets.first { target in
        target.processID == browser.processID && target.state == .attached
          && target.title == "parent process"
      }
    }
    let parent = try #require(found, "\(collector.targets) \(agent.log)")
    #expect(parent.capabilities.contains([.snapshot, .onlyByID]))

    let heap = try await collector.snapshot(1, of: parent)
    #expect(heap.nodeCount > 100_000, "\(heap.nodeCount)")
    #expect(!heap.has("HeldByPage"))
    #expect(try await isEventuallyTrue { browser.leftovers.isEmpty })

    #expect(try await browser.timeToEnd(within: .seconds(10)) != nil)
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: LiveBrowser.present.contains(.firefox)))
  func `a schedule does not sample Firefox, and that is told once`() async throws {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(.firefox, page: Self.page, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark) { configuration in
      var schedule = CaptureSchedule(snapshotEvery: .seconds(2), sampleEvery: .seconds(1))
      schedule.sampleFor = .milliseconds(100)
      configuration.rules[0].outcome = .watch(ProcessRule.Treatment(schedule: schedule))
    }
    let target = try #require(try await pageTarget(.firefox, browser, in: collector))

    func refusals(_ code: String) -> Int {
      agent.log.components(separatedBy: "code=\(code)").count - 1
    }
    #expect(
      try await isEventuallyTrue(within: .seconds(30)) { refusals("notSupported") >= 3 },
      "\(agent.log)"
    )
    let profiles = collector.read { state in
      state.uploads.values.filter { $0.begin.targetID == target.id && $0.begin.kind == .profile }
    }
    expect(profiles.map { $0.commit?.complete }, equals: [false])
    expect(profiles.map { $0.commit?.reason ?? "" }, equals: ["notSupported"])
    // Of snapshots too there are those of the tab, and none that stops all of Firefox.
    let snapshots = {
      collector.read { $0.uploads.values.filter { $0.begin.kind == .snapshot } }
    }
    #expect(try await isEventuallyTrue { snapshots().contains { $0.commit?.complete == true } })
    let parents = collector.targets.filter { $0.capabilities.contains(.onlyByID) }.map(\.id)
    expect(parents.count, equals: 1)
    let captured = Set(snapshots().map(\.begin.targetID))
    #expect(captured.isDisjoint(with: parents), "\(collector.targets)")
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: LiveBrowser.present.contains(.webKitGTK)))
  func `each page of a WebKitGTK program is a target, until it is closed`() async throws {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(
      .webKitGTK,
      page: Self.page.replacing("</script>", with: LiveBrowser.listener + "</script>"),
      other: Self.otherPage,
      mark: mark
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let page = try #require(try await pageTarget(.webKitGTK, browser, in: collector))
    let other = try #require(
      try await pageTarget(.webKitGTK, browser, in: collector, at: "other.html")
    )
    expect(
      Set([page, other].map { $0.labels.instance.suffix(7) }),
      equals: ["/page 1", "/page 2"]
    )
    // They have a process each, so nothing is said of sharing.
    let isProgramTold = try await isEventuallyTrue {
      collector.targets.contains {
        $0.capabilities == [] && $0.stateDetail == "what it runs is listed beside it, by name"
      }
    }
    #expect(isProgramTold, "\(collector.targets.map(\.stateDetail))")
    let worker = try #require(
      try await eventually {
        collector.targets.first {
          $0.labels.instance == other.labels.instance + "/worker 0.1" && $0.state == .attached
        }
      },
      "\(collector.targets.map(\.labels.instance))"
    )

    let first = try await collector.snapshot(1, of: page)
    #expect(first.has("HeldByPage") && !first.has("HeldByOther"))
    let second = try await collector.snapshot(2, of: other)
    #expect(second.has("HeldByOther") && !second.has("HeldByPage"))
    let third = try await collector.snapshot(3, of: worker)
    expect(third.count(of: "HeldByWorker"), equals: 3_000)
    #expect(!third.has("HeldByOther"))

    try browser.tell("if (document.title === 'other') window.close()")
    let isGone = try await isEventuallyTrue {
      collector.targets.allSatisfy { $0.labels.instance.hasPrefix(other.labels.instance) == false }
    }
    #expect(isGone)
    let readings = collector.readings(of: page.id).count
    #expect(try await isEventuallyTrue { collector.readings(of: page.id).count > readings })

    // A page that a page opens lives in its process.
    try browser.tell("if (document.title === 'held') window.opened ??= window.open('other.html')")
    let isSharingTold = try await isEventuallyTrue {
      collector.targets.contains { $0.stateDetail.contains("its 2 pages have 1 process:") }
    }
    #expect(isSharingTold, "\(collector.targets.map(\.stateDetail))")
    #expect(try await browser.timeToEnd(within: .seconds(10)) != nil)
    try await agent.stop()
    await collector.stop()
  }

  /// Firefox counts its own classes; WebKit does not, and that is said.
  private func count(
    _ kind: LiveBrowser.Kind,
    _ target: TargetDescription,
    _ collector: ScriptedCollector
  ) async throws {
    let command = hexadecimalID(2)
    let action = Measure(uploadID: hexadecimalID(1_002), kind: .census)
    collector.send(
      Command(id: command, targetID: target.id, deadline: .max, action: .measure(action))
    )
    let update = try await eventually(within: .seconds(30)) { collector.finalUpdate(of: command) }
    guard kind != .webKitGTK else {
      expect(update?.reasonCode, equals: "notSupported")
      return
    }
    expect(update?.state, equals: .done, "\(String(describing: update))")
    let measurement = try #require(
      try await eventually { try? collector.measurement(action.uploadID) }
    )
    let rows = measurement.census?.rows ?? []
    let objects = try #require(rows.first { $0.group == .object && $0.name == "Object" })
    #expect(objects.count > 3_000 && objects.bytes > 3_000 * 32, "\(objects)")
    #expect(rows.contains { $0.group == .string && $0.count > 3_000 }, "\(rows)")
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
    let folder = TemporaryFolder()
    let developer = try Self.developer(of: browser, in: folder, mark: mark)
    #expect(try await developer.wrote("Target.targetCreated"))
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let isInUse = try await isEventuallyTrue {
      collector.target(browser.processID, .inUse) != nil
    }
    #expect(isInUse)

    try folder.write("ask", [])
    #expect(try await developer.wrote(#""id":1"#))
    try folder.write("leave", [])
    #expect(try await pageTarget(.webKitGTK, browser, in: collector) != nil)
    try await agent.stop()
    await collector.stop()
  }

  /// Somebody else's program, connected to the first page; it asks something, and leaves, when there
  /// are files of these names in its folder.
  private static func developer(
    of browser: LiveBrowser,
    in folder: TemporaryFolder,
    mark: String
  ) throws -> LiveProgram {
    guard case .tcp(_, let port) = browser.address else { throw CocoaError(.fileNoSuchFile) }
    let question = #"{"id":1,"method":"Target.setPauseOnStart","params":{}}"#
    // A text frame whose mask is zero.
    let head = #"\x81\x"# + String(0x80 + question.utf8.count, radix: 16) + #"\0\0\0\0"#
    let request = [
      "GET /socket/1/1/WebPage HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket",
      "Connection: Upgrade", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "",
    ]
    let script = """
      exec 3<>/dev/tcp/127.0.0.1/\(port)
      printf '\(request.joined(separator: #"\r\n"#))' >&3
      cat <&3 &
      until [ -e \(folder.file("ask")) ]; do sleep 0.1; done
      printf '\(head)' >&3
      printf %s '\(question)' >&3
      until [ -e \(folder.file("leave")) ]; do sleep 0.1; done
      kill $!
      """
    return try LiveProgram("/bin/bash", mark: mark, arguments: ["-c", script])
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

  @Test(.enabled(if: LiveBrowser.present.contains(.firefox)))
  func `a snapshot says that a developer was there when it was taken`() async throws {
    let collector = try ScriptedCollector()
    let browser = try LiveBrowser(.firefox, page: Self.page, mark: mark)
    guard case .tcp(_, let port) = browser.address else { throw CocoaError(.fileNoSuchFile) }
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await pageTarget(.firefox, browser, in: collector))
    func marks() -> [String: Bool] {
      collector.read { $0.uploads.mapValues(\.begin.inCompany) }
    }
    _ = try await collector.snapshot(1, of: target)
    expect(Array(marks().values), equals: [false])

    let script = "exec 3<>/dev/tcp/127.0.0.1/\(port); echo HERE; sleep 100"
    let developer = try LiveProgram("/bin/bash", mark: mark, arguments: ["-c", script])
    #expect(try await developer.wrote("HERE"))
    _ = try await collector.snapshot(2, of: target)
    expect(marks().values.count { $0 }, equals: 1)
    try await agent.stop()
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
}

extension HeapGraph {
  fileprivate func has(_ name: String) -> Bool {
    (0..<names.count).contains { names[$0] == name }
  }
}
