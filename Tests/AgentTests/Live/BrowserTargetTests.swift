import FleetProtocol
import Foundation
import HeapModel
import TestSupport
import Testing

/// Everything in a Chromium that has a heap: pages, frames of other sites, and workers that pages share.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BrowserTargetTests {
  private let mark = "test-\(UUID().uuidString)"

  private static func holding(_ name: String) -> String {
    """
    class \(name) { constructor(i) { this.name = 'held ' + i } }
    globalThis.held = Array.from({ length: 3000 }, (_, i) => new \(name)(i));
    """
  }

  /// A page with both kinds of shared workers; a frame of another site is in a process of its own.
  private static func page(_ script: String = "", frame: String = "") -> String {
    """
    <!doctype html><script>
    new SharedWorker('shared.js').port.start()
    navigator.serviceWorker.register('service.js')
    \(script)
    </script>\(frame)
    """
  }

  private static func files(_ port: UInt16) -> [String: String] {
    [
      // The browser takes one address; a page without an opener has a process of its own.
      "page.html": page(
        "open('other.html', '_blank', 'noopener')",
        frame: "<iframe src='http://localhost:\(port)/frame.html'></iframe>"
      ),
      "other.html": page(),
      "frame.html": "<!doctype html><script>\(holding("HeldByFrame"))</script>",
      "shared.js": holding("HeldByShared") + "onconnect = () => {}",
      "service.js": holding("HeldByService")
        + "onfetch = () => {}; onactivate = event => event.waitUntil(clients.claim())",
    ]
  }

  @Test(.enabled(if: Runtimes.chromium != nil && Python.isPresent))
  func `pages, a frame of another site and workers of several pages are a target each, once`()
    async throws
  {
    let (folder, port) = (TemporaryFolder(), try freePort())
    for (name, text) in Self.files(port) { try folder.write(name, Array(text.utf8)) }
    let server = try LiveProgram(
      "/usr/bin/env",
      mark: "",
      arguments: [
        "python3", "-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory",
        folder.path,
      ]
    )
    let own = "http://127.0.0.1:\(port)/"
    let browser = try LiveProgram(
      try #require(Runtimes.chromium),
      mark: mark,
      arguments: [
        "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
        "--disable-popup-blocking", "--user-data-dir=\(folder.file("profile"))", own + "page.html",
      ]
    )
    let collector = try ScriptedCollector()
    let agent = try await LiveAgent(collector: collector.address, mark: mark)

    let expected = [
      "frame http://localhost:\(port)/frame.html", "page \(own)other.html",
      "page \(own)page.html", "service worker \(own)service.js",
      "shared worker \(own)shared.js",
    ]
    let isThere = try await isEventuallyTrue(within: .seconds(60)) {
      heaps(of: browser, in: collector).map(\.label) == expected
    }
    #expect(isThere, "\(heaps(of: browser, in: collector)) \(server.log)")
    // The pages have announced the service worker as well, each in a session of its own.
    try await Task.sleep(for: .seconds(2))
    let found = heaps(of: browser, in: collector)
    expect(found.map(\.label), equals: expected)
    expect(Set(found.map(\.target.id)).count, equals: expected.count)
    for heap in found {
      #expect(heap.target.capabilities.contains([.snapshot, .sampling]), "\(heap.label)")
      #expect(
        try await isEventuallyTrue {
          (collector.readings(of: heap.target.id).last?.used ?? 0) > 0
        }
      )
    }

    let classes = ["frame": "HeldByFrame", "service": "HeldByService", "shared": "HeldByShared"]
    for (number, heap) in found.enumerated() {
      let kind = String(heap.label.prefix { $0 != " " })
      guard let own = classes[kind] else { continue }
      let graph = try await collector.snapshot(number + 1, of: heap.target)
      for name in classes.values.sorted() {
        expect(graph.count(of: name) >= 3_000, equals: name == own, "\(name) in \(heap.label)")
      }
    }

    try await agent.stop()
    await collector.stop()
    browser.signal(SIGTERM)
    #expect(try await browser.timeToEnd(within: .seconds(10)) != nil)
    server.signal(SIGTERM)
    #expect(try await server.timeToEnd(within: .seconds(5)) != nil)
  }

  /// Kind and title of each heap in a browser, in alphabetical order.
  private func heaps(
    of browser: LiveProgram,
    in collector: ScriptedCollector
  ) -> [(label: String, target: TargetDescription)] {
    collector.targets.filter { $0.processID == browser.processID && $0.state == .attached }
      .compactMap { target in
        guard let name = target.labels.instance.split(separator: "/").last,
          name.contains(" "), target.title.isEmpty == false
        else { return nil }
        let kind = name.split(separator: " ").dropLast().joined(separator: " ")
        return ("\(kind) \(target.title)", target)
      }
      .sorted { $0.label < $1.label }
  }
}
