package import HeapModel

/// A kind of heap that a runtime has, and what a session with it can be asked for.
package struct HeapKind: Hashable, Sendable {
  package var runtime: RuntimeKind
  /// What it is within its process, as people say it: `worker`; empty where there is one kind.
  package var name: String
  /// At the most: an older version of the runtime, or another client, may take some away.
  package var capabilities: Capabilities
}

extension InspectorProtocol {
  /// Every kind of heap that we reach; the table in `docs/runtimes.md` is made from it.
  package static let heapKinds: [HeapKind] = {
    func cdp(_ runtime: RuntimeKind, _ kind: String?, _ name: String) -> HeapKind {
      let heap = kind.map { HeapIntroduction(channel: .own, kind: $0, name: "", title: "") }
      let flavor = CDPFlavor(runtime, heap)
      return HeapKind(runtime: runtime, name: name, capabilities: flavor.capabilities)
    }
    func jsc(_ runtime: RuntimeKind, _ host: JSCHost, _ name: String) -> HeapKind {
      HeapKind(runtime: runtime, name: name, capabilities: host.capabilities)
    }
    func firefox(_ heap: String, _ name: String) -> HeapKind {
      let dialect = FirefoxDialect(options: SessionOptions(nonce: 0), name: heap)
      return HeapKind(runtime: .firefox, name: name, capabilities: dialect.capabilities)
    }
    return [
      cdp(.node, nil, "main"),
      cdp(.node, "worker", "worker thread"),
      cdp(.deno, nil, "main"),
      cdp(.deno, "worker", "worker"),
      jsc(.bun, .bun, ""),
      cdp(.workerd, nil, ""),
      cdp(.chromium, "page", "page, frame, worker"),
      firefox("tab", "tab"),
      firefox("", "parent process"),
      jsc(.webKitGTK, .page, "page"),
      jsc(.webKitGTK, .worker, "worker"),
    ]
  }()
}
