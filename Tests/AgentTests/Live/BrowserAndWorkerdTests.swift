import Connections
import FleetProtocol
import Foundation
import HeapModel
import TestSupport
import Testing

/// What is not started by a script's name: a browser with its pages, and a `workerd`.
@Suite(.serialized) struct BrowserAndWorkerdTests {
  private let mark = "test-" + UUID().uuidString

  @Test(.enabled(if: Runtimes.chromium != nil))
  func `a browser's page and worker are heaps beside it`() async throws {
    let executable = try #require(Runtimes.chromium)
    let folder = TemporaryFolder()
    let collector = try ScriptedCollector()
    let waste = "setInterval(()=>{const a=[];for(let i=0;i<3e4;i++)a.push({i})},50);"
    let script =
      "const source = new Blob(['\(waste)onmessage=()=>{}']);"
      + "new Worker(URL.createObjectURL(source));" + LiveBrowser.listener
    try folder.write("page.html", Array("<title>page</title><script>\(script)</script>".utf8))
    let browser = try LiveProgram(
      executable,
      mark: mark,
      arguments: [
        "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
        "--user-data-dir=\(folder.file("profile"))", "file://\(folder.file("page.html"))",
      ]
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)

    let main = try #require(
      try await eventually(within: .seconds(60)) { collector.target(browser.processID) }
    )
    let isThere = try await isEventuallyTrue(within: .seconds(30)) {
      let kinds = Set(heaps(of: browser, in: collector).map(\.kind))
      return kinds.isSuperset(of: ["page", "worker"])
    }
    #expect(isThere, "\(heaps(of: browser, in: collector))")
    let page = try #require(heaps(of: browser, in: collector).first { $0.kind == "page" })
    #expect(page.target.capabilities.contains([.snapshot, .sampling, .liveUsage]))
    expect(page.target.capabilities.contains(.collectionEvents), equals: false)
    #expect(page.target.title.contains("page.html"))
    // The browser itself has none, and says where they are.
    expect(collector.targets.first { $0.id == main.id }?.capabilities, equals: [])
    #expect(
      try await isEventuallyTrue { (collector.readings(of: page.target.id).last?.used ?? 0) > 0 }
    )
    let documents = collector.readings(of: page.target.id).last?.documents
    #expect((documents?.nodes ?? 0) > 3 && (documents?.documents ?? 0) > 0)
    // Idle as it is, it collects at once.
    collector.send(
      Command(
        id: hexadecimalID(1),
        targetID: page.target.id,
        deadline: .max,
        action: .collectGarbage(CollectGarbage())
      )
    )
    let collected = try await eventually { collector.finalUpdate(of: hexadecimalID(1)) }
    expect(collected?.state, equals: .done)
    let worker = try #require(heaps(of: browser, in: collector).first { $0.kind == "worker" })
    try await watchCollections(of: [page.target.id, worker.target.id], collector)
    try folder.write("told.js", Array("location.hash = 'later'".utf8))
    #expect(
      try await isEventuallyTrue(within: .seconds(20)) {
        let now = heaps(of: browser, in: collector).first { $0.target.id == page.target.id }
        return now?.target.title.hasSuffix("page.html#later") ?? false
      }
    )

    try await agent.stop()
    await collector.stop()
    browser.signal(SIGTERM)
    #expect(try await browser.timeToEnd(within: .seconds(10)) != nil)
  }

  /// The worker wastes memory all the time, and the page none: each is told its own collections,
  /// though one trace tells both.
  private func watchCollections(of ids: [TargetID], _ collector: ScriptedCollector) async throws {
    let numbers = [10, 11]
    for (number, id) in zip(numbers, ids) {
      let action = Measure(
        uploadID: hexadecimalID(number + 20),
        kind: .collections,
        durationMilliseconds: 2_000
      )
      collector.send(
        Command(
          id: hexadecimalID(number),
          targetID: id,
          deadline: .max,
          action: .measure(action)
        )
      )
    }
    var told: [[CollectionActivity]] = []
    for number in numbers {
      let update = try await eventually(within: .seconds(30)) {
        collector.finalUpdate(of: hexadecimalID(number))
      }
      expect(update?.state, equals: .done, update?.reason ?? "")
      let measurement = try #require(
        try await eventually { try? collector.measurement(hexadecimalID(number + 20)) }
      )
      told.append(measurement.collections?.activities ?? [])
      for one in told.last ?? [] {
        #expect((measurement.startedAt - 1_000_000_000...measurement.endedAt).contains(one.time))
      }
    }
    #expect(told[1].count > 2 && told[1].count > told[0].count, "\(told.map(\.count))")
    let first = try #require(told[1].first)
    #expect(first.pauseNanoseconds > 0 && (first.usedBefore ?? 0) > (first.usedAfter ?? .max))
    let isInSeries = try await isEventuallyTrue { collector.collections(of: ids[1]) == told[1] }
    #expect(isInSeries)
  }

  private func heaps(
    of browser: LiveProgram,
    in collector: ScriptedCollector
  ) -> [(kind: String, target: TargetDescription)] {
    collector.targets.filter { $0.processID == browser.processID && $0.state == .attached }
      .compactMap { target in
        target.labels.instance.split(separator: "/").last.map { name in
          (String(name.split(separator: " ")[0]), target)
        }
      }
  }

  @Test(.enabled(if: Runtimes.workerd != nil))
  func `a workerd is visited, and ends as if we were not there`() async throws {
    let executable = try #require(Runtimes.workerd)
    let folder = TemporaryFolder()
    let collector = try ScriptedCollector()
    let port = try freePort()
    try folder.write("worker.mjs", Array(Self.worker.utf8))
    try folder.write("config.capnp", Array(Self.configuration.utf8))
    let workerd = try LiveProgram(
      executable,
      mark: mark,
      arguments: [
        "serve", folder.file("config.capnp"), "--inspector-addr=127.0.0.1:\(port)",
      ]
    )
    // So rarely read that the end of the test falls between two visits.
    let agent = try await LiveAgent(
      collector: collector.address,
      mark: mark,
      metricsInterval: .seconds(300)
    )

    let target = try #require(
      try await eventually(within: .seconds(60)) {
        collector.target(workerd.processID, .visiting)
      },
      "\(agent.log)"
    )
    let missing: Capabilities = [.comparisonByID, .collectionEvents, .heapSpaces]
    #expect(target.capabilities.contains([.snapshot, .sampling, .forcedCollection]))
    #expect(target.capabilities.isDisjoint(with: missing))
    #expect(try await isEventuallyTrue { (collector.readings(of: target.id).last?.used ?? 0) > 0 })
    // It tells none: this is production's.
    expect(collector.readings(of: target.id).last?.limit, equals: 128 << 20)
    // Between visits nobody is connected: with a session open it would end by SIGTRAP.
    try await Task.sleep(for: .milliseconds(300))
    workerd.signal(SIGTERM)
    #expect(try await workerd.timeToEnd(within: .seconds(5)) != nil)
    expect(workerd.exitStatus, equals: 0)
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: Runtimes.workerd != nil))
  func `each worker of a workerd is visited under its name, its Durable Objects among its objects`()
    async throws
  {
    let executable = try #require(Runtimes.workerd)
    let folder = TemporaryFolder()
    let collector = try ScriptedCollector()
    let (inspector, rooms) = (try freePort(), try freePort())
    try folder.write("worker.mjs", Array(Self.worker.utf8))
    try folder.write("rooms.mjs", Array(Self.rooms.utf8))
    try folder.write("config.capnp", Array(Self.configuration(ofRoomsAt: rooms).utf8))
    let workerd = try LiveProgram(
      executable,
      mark: mark,
      arguments: [
        "serve", folder.file("config.capnp"), "--inspector-addr=127.0.0.1:\(inspector)",
      ]
    )
    for room in ["a", "b", "c"] {
      #expect(
        try await isEventuallyTrue {
          let address = SocketAddress.tcp(.loopbackV4, port: rooms)
          let reply = try? await HTTPGet.get("/\(room)", from: address, until: .now + .seconds(5))
          return reply?.status == 200
        }
      )
    }
    // So rarely read that the end of the test falls between two visits.
    let agent = try await LiveAgent(
      collector: collector.address,
      mark: mark,
      metricsInterval: .seconds(300)
    )

    let found = try await eventually(within: .seconds(60)) { () -> [TargetDescription]? in
      let visited = collector.targets.filter { target in
        target.processID == workerd.processID && target.state == .visiting
          && target.capabilities.contains(.snapshot)
      }
      return visited.count == 2 ? visited.sorted { $0.title < $1.title } : nil
    }
    let workers = try #require(found, "\(agent.log)")
    expect(workers.map(\.title), equals: ["main", "rooms"])
    // What nobody has named is called by its worker's name, not by its program's.
    expect(workers.map(\.labels.service), equals: ["main", "rooms"])
    expect(workers.map { $0.labels.instance.hasSuffix("/\($0.title)") }, equals: [true, true])
    for worker in workers {
      #expect(
        try await isEventuallyTrue { (collector.readings(of: worker.id).last?.used ?? 0) > 0 }
      )
    }
    let heap = try await collector.snapshot(1, of: workers[1])
    let named = (0..<heap.nodeCount).count { heap.names[Int(heap.nodeName[$0])] == "Room" }
    expect(named, equals: 3 + 2, "the objects, the class, and its prototype")
    try await Task.sleep(for: .milliseconds(300))
    workerd.signal(SIGTERM)
    #expect(try await workerd.timeToEnd(within: .seconds(5)) != nil)
    expect(workerd.exitStatus, equals: 0)
    try await agent.stop()
    await collector.stop()
  }

  private static let worker = "export default { async fetch() { return new Response('ok') } }"
  private static let rooms = """
    export class Room { async fetch() { return new Response('in') } }
    export default {
      async fetch(request, env) {
        return env.ROOM.get(env.ROOM.idFromName(new URL(request.url).pathname)).fetch(request)
      }
    }
    """

  private static func configuration(ofRoomsAt port: UInt16) -> String {
    """
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [ (name = "main", worker = .mainWorker), (name = "rooms", worker = .rooms) ],
      sockets = [ (name = "http", address = "127.0.0.1:\(port)", http = (), service = "rooms") ]
    );
    const mainWorker :Workerd.Worker = (
      modules = [ (name = "worker.mjs", esModule = embed "worker.mjs") ],
      compatibilityDate = "2026-08-01"
    );
    const rooms :Workerd.Worker = (
      modules = [ (name = "rooms.mjs", esModule = embed "rooms.mjs") ],
      compatibilityDate = "2026-08-01",
      durableObjectNamespaces = [
        (className = "Room", uniqueKey = "room", preventEviction = true)
      ],
      durableObjectStorage = (inMemory = void),
      bindings = [ (name = "ROOM", durableObjectNamespace = "Room") ]
    );
    """
  }

  private static let configuration = """
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [ (name = "main", worker = .mainWorker) ],
      sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ]
    );
    const mainWorker :Workerd.Worker = (
      modules = [ (name = "worker.mjs", esModule = embed "worker.mjs") ],
      compatibilityDate = "2026-08-01"
    );
    """
}
