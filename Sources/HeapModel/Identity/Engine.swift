/// The JavaScript engine whose heap is looked at: it decides the snapshot's format and what a
/// snapshot can tell.
package enum HeapEngine: UInt8, Sendable, Hashable, CaseIterable {
  case v8 = 1
  case javaScriptCore = 2
  case spiderMonkey = 3

  /// The name shown to people and used in JSON.
  package var name: String {
    switch self {
    case .v8: "v8"
    case .javaScriptCore: "javascriptcore"
    case .spiderMonkey: "spidermonkey"
    }
  }

  package init?(name: String) {
    guard let engine = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = engine
  }
}

/// The program that embeds an engine, and whose protocol and habits an agent must know.
package enum RuntimeKind: String, Sendable, Hashable, CaseIterable {
  case node
  case deno
  case bun
  case workerd
  case firefox
  case chromium
  case webKitGTK = "webkitgtk"

  package var engine: HeapEngine {
    switch self {
    case .node, .deno, .workerd, .chromium: .v8
    case .bun, .webKitGTK: .javaScriptCore
    case .firefox: .spiderMonkey
    }
  }
}
