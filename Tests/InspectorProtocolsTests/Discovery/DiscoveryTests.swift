import HeapModel
import InspectorProtocols
import Testing
import TestSupport

struct DiscoveryTests {
  @Test(
    arguments: [
      (
        #"{"Browser": "node.js/v24.19.0", "Protocol-Version": "1.1"}"#, RuntimeKind.node, "v24.19.0"
      ),
      (#"{"Protocol-Version":"1.3","Browser":"Bun","Bun-Version":"1.4.5"}"#, .bun, "1.4.5"),
      (#"{"Browser":"Deno/2.9.8","V8-Version":"15.0"}"#, .deno, "2.9.8"),
      (#"{"Browser":"HeadlessChrome/156.0.8078.79"}"#, .chromium, "156.0.8078.79"),
      (#"{"Browser":"workerd","Protocol-Version":"1.3"}"#, .workerd, ""),
    ]
  )
  func `a runtime says who it is`(body: String, runtime: RuntimeKind, version: String) {
    expect(
      RuntimeAnnouncement(body: Array(body.utf8)),
      equals: RuntimeAnnouncement(runtime: runtime, version: version)
    )
  }

  @Test(
    arguments: [
      "", "hello", "{}", "[]", #"{"Browser":7}"#, #"{"Browser":""}"#, #"{"Browser":"nginx/1"}"#,
      #"{"Browser":"node.js/\#(String(repeating: "v", count: 100))"}"#,
    ]
  )
  func `whoever else answers is none`(body: String) {
    #expect(RuntimeAnnouncement(body: Array(body.utf8)) == nil)
  }

  @Test(arguments: ["wrangler/v4.164.0", "miniflare/v5.20261117.0-beta"])
  func `a tool before workerd says that it is none`(browser: String) {
    expect(
      RuntimeAnnouncement(body: Array(#"{"Browser":"\#(browser)"}"#.utf8)),
      equals: RuntimeAnnouncement(runtime: .workerd, version: browser, isProxy: true)
    )
  }

  @Test func `a browser tells where it is talked to as a whole`() {
    let body =
      #"{"Browser":"Chrome/1","webSocketDebuggerUrl":"ws://h:1/devtools/browser/b08e-4e57"}"#
    let announcement = RuntimeAnnouncement(body: Array(body.utf8))
    expect(announcement?.webSocketPath, equals: "/devtools/browser/b08e-4e57")
  }

  private func listing(_ title: String, _ path: String) -> InspectorListing {
    InspectorListing(id: "", title: title, scriptURL: "", webSocketPath: path)
  }

  @Test func `of several entries the program's own is taken`() {
    let worker = listing("deno - worker-1 [pid: 7]", "/ws/b")
    expect(
      InspectorListing.main(of: [worker, listing("deno - main [pid: 7]", "/ws/a")])?.webSocketPath,
      equals: "/ws/a"
    )
    #expect(InspectorListing.main(of: [worker]) == nil)
    #expect(InspectorListing.main(of: []) == nil)
  }

  @Test func `of a workerd's services those of the user have names, if they are several`() {
    func workers(_ paths: String...) -> [String] {
      InspectorListing.workers(of: paths.map { listing("workerd: worker", $0) })
        .map { "\($0.name) \($0.service) \($0.webSocketPath)" }
    }
    let own = "/core:user:miniflare-observability-collector"
    expect(workers("/main"), equals: ["  /main"])
    expect(workers("/main", "/auth"), equals: ["main main /main", "auth auth /auth"])
    expect(workers("/cache:0", own, "/core:user:a"), equals: ["  /core:user:a"])
    expect(
      workers("/core:entry", "/core:user:a", "/core:user:b"),
      equals: ["a a /core:user:a", "b b /core:user:b"]
    )
    expect(workers(), equals: [])
  }

  @Test func `of a listing only the path is taken`() {
    let body = """
      [ {"id": "1c95", "title": "js/leaky.mjs", "type": "node", "url": "file:///a.mjs",
        "webSocketDebuggerUrl": "ws://192.0.2.1:80/1c95b6e3-eef5"} ]
      """
    let expected = InspectorListing(
      id: "1c95",
      title: "js/leaky.mjs",
      scriptURL: "file:///a.mjs",
      webSocketPath: "/1c95b6e3-eef5"
    )
    expect(InspectorListing.read(body: Array(body.utf8)), equals: [expected])
  }

  @Test(
    arguments: [
      "ws://h", "http://h/a", "ws://h/a b", #"ws://h/a\r\nX: y"#, "ws://h/a?b", "ws://h/%0d",
      "ws://h/\(String(repeating: "a", count: 300))", "",
    ]
  )
  func `a path that could be more than a path is left out`(address: String) {
    let body = #"[{"id":"x","webSocketDebuggerUrl":"\#(address)"},{"id":"y"},7]"#
    expect(InspectorListing.read(body: Array(body.utf8)), equals: [])
  }

  @Test func `what is no listing has no entries`() {
    for body in ["", "{}", "null", "[", #"{"webSocketDebuggerUrl":"ws://h/a"}"#] {
      expect(InspectorListing.read(body: Array(body.utf8)), equals: [])
    }
  }

  @Test(
    .enabled(if: SharedMaterial.isPresent),
    arguments: ["node20", "node22", "node24", "deno298"]
  )
  func `real answers are understood`(runtime: String) throws {
    let bodies = try Capture.bodies("cdp/\(runtime)-session-snapshot.jsonl")
    let version = try #require(bodies.first { $0.path == "/json/version" }).body
    let list = try #require(bodies.first { $0.path == "/json/list" }).body
    let announcement = try #require(RuntimeAnnouncement(body: Array(version.utf8)))
    expect(announcement.runtime, equals: (runtime == "deno298" ? .deno : .node))
    let listings = InspectorListing.read(body: Array(list.utf8))
    expect(listings.count, equals: 1)
    expect(listings[0].webSocketPath, equals: "/" + listings[0].id)
  }

  @Test(.enabled(if: SharedMaterial.isPresent))
  func `Bun's real answer is understood`() throws {
    let bodies = try Capture.bodies("bun/bun145-http.jsonl")
    let body = try #require(bodies.first { $0.path.hasPrefix("GET /json/version HTTP/1.1") }).body
    let expected = RuntimeAnnouncement(runtime: .bun, version: "1.4.5")
    expect(RuntimeAnnouncement(body: Array(body.utf8)), equals: expected)
  }
}
