internal import Configuration
internal import Connections
internal import Glibc
internal import HeapModel

extension ProcessScanner.Scope {
  /// What the configuration asks a scan to look for.
  init(_ configuration: AgentConfiguration, _ table: some ProcessTable) {
    self.init()
    ownProcessID = getpid()
    networkNamespace = table.link(of: ownProcessID, "ns/net") ?? ""
    let status = table.text(of: ownProcessID, "status").map(ProcessStatus.init(text:))
    entersNamespaces = status?.mayEnterNamespaces ?? false
    recognisesRuntimes = configuration.discovery
    for rule in configuration.rules { variables.formUnion(rule.match.environment.keys) }
    for target in configuration.targets {
      named[target.address.socketAddress] = .init(
        runtime: target.runtime.kind,
        path: target.secretPath
      )
    }
  }
}

extension AgentConfiguration {
  /// The target that the configuration names at this place.
  func staticTarget(at location: InspectorLocation) -> StaticTarget? {
    guard case .at(let endpoint) = location else { return nil }
    return targets.first { $0.address.socketAddress == endpoint.address }
  }
}

extension StaticTarget.Runtime {
  fileprivate var kind: RuntimeKind {
    switch self {
    case .node: .node
    case .deno: .deno
    case .bun: .bun
    case .chromium: .chromium
    case .workerd: .workerd
    }
  }
}

extension TargetAddress {
  var socketAddress: SocketAddress {
    switch self {
    case .loopback(let host, let port): .tcp(IPAddress(host) ?? .loopbackV4, port: port)
    case .unix(let path): .unix(path: path)
    }
  }
}
