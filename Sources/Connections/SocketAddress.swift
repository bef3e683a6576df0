/// Where a stream socket leads.
package enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  case tcp(IPAddress, port: UInt16)
  /// A Unix socket; a path has at most 107 bytes.
  case unix(path: String)

  /// Whether it stays on this host.
  package var isLocal: Bool {
    switch self {
    case .tcp(let address, _): address.isLoopback
    case .unix: true
    }
  }

  /// `127.0.0.1:9229`, `[::1]:9229` or `unix:/run/a.sock`.
  package var description: String {
    switch self {
    case .tcp(let address, let port):
      address.bytes.count == 4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    case .unix(let path):
      "unix:\(path)"
    }
  }

  /// What a `Host` header says: the numeric address, which every runtime accepts, never empty,
  /// which makes Bun print a trace into its program's log.
  var hostHeader: String {
    switch self {
    case .tcp: description
    case .unix: "localhost"
    }
  }
}
