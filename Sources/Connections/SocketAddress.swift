/// Where a stream socket leads.
package enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  case tcp(IPAddress, port: UInt16)
  /// The same in another network namespace than ours, where another address is meant by it.
  case namespacedTCP(IPAddress, port: UInt16, NetworkNamespace)
  /// A Unix socket; a path has at most 107 bytes.
  case unix(path: String)

  /// Whether it stays on this host.
  package var isLocal: Bool {
    switch self {
    case .tcp(let address, _), .namespacedTCP(let address, _, _): address.isLoopback
    case .unix: true
    }
  }

  /// Where it is, if not in our own network namespace.
  package var namespace: NetworkNamespace? {
    if case .namespacedTCP(_, _, let namespace) = self { namespace } else { nil }
  }

  /// As it is called inside its namespace.
  package var inside: SocketAddress {
    if case .namespacedTCP(let address, let port, _) = self {
      .tcp(address, port: port)
    } else {
      self
    }
  }

  /// The same port and address in another namespace; a Unix socket has none.
  package func moved(to namespace: NetworkNamespace) -> SocketAddress? {
    guard case .tcp(let address, let port) = inside else { return nil }
    return .namespacedTCP(address, port: port, namespace)
  }

  /// `127.0.0.1:9229`, `[::1]:9229`, `127.0.0.1:9229 in net:[4026532281]` or `unix:/run/a.sock`.
  package var description: String {
    switch self {
    case .tcp(let address, let port):
      address.bytes.count == 4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    case .namespacedTCP(_, _, let namespace):
      "\(inside) in \(namespace)"
    case .unix(let path):
      "unix:\(path)"
    }
  }

  /// What a `Host` header says: the numeric address, which every runtime accepts, never empty,
  /// which makes Bun print a trace into its program's log.
  var hostHeader: String {
    switch self {
    case .tcp, .namespacedTCP: inside.description
    case .unix: "localhost"
    }
  }
}
