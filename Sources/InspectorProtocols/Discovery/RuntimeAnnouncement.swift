package import HeapModel
internal import JSONStream

/// What an inspector says of its runtime at `/json/version`.
package struct RuntimeAnnouncement: Hashable, Sendable {
  package var runtime: RuntimeKind
  /// As the runtime says it: `v24.19.0`, `1.4.5`.
  package var version: String
  /// Where a browser can be talked to as a whole; nil for what has but one heap.
  package var webSocketPath: String?
  /// It is no runtime that answers but a tool that has put itself before one.
  package var isProxy: Bool

  package init(
    runtime: RuntimeKind,
    version: String,
    webSocketPath: String? = nil,
    isProxy: Bool = false
  ) {
    self.runtime = runtime
    self.version = version
    self.webSocketPath = webSocketPath
    self.isProxy = isProxy
  }

  /// Reads the answer's body; nil if it is none that we know, which includes anything that
  /// merely happens to listen there.
  package init?(body: [UInt8]) {
    guard let answer = try? JSONValue(parsing: body), let browser = answer["Browser"]?.string else {
      return nil
    }
    let (name, rest) = Self.split(browser)
    switch name {
    case "node.js": self.init(runtime: .node, version: rest)
    case "Deno": self.init(runtime: .deno, version: rest)
    case "Bun": self.init(runtime: .bun, version: answer["Bun-Version"]?.string ?? rest)
    case "Chrome", "HeadlessChrome":
      let path = answer["webSocketDebuggerUrl"]?.string.flatMap(InspectorListing.path)
      self.init(runtime: .chromium, version: rest, webSocketPath: path)
    // `workerd` says nothing of its version; the two that put a proxy before it say theirs.
    case "workerd": self.init(runtime: .workerd, version: rest)
    case "wrangler", "miniflare":
      self.init(runtime: .workerd, version: browser, isProxy: true)
    default: return nil
    }
    guard version.utf8.count <= 64 else { return nil }
  }

  private static func split(_ browser: String) -> (name: String, rest: String) {
    let parts = browser.split(separator: "/", maxSplits: 1)
    return (parts.first.map { String($0) } ?? "", parts.count > 1 ? String(parts[1]) : "")
  }
}
