internal import Glibc

/// An address as people write it: `host:port`, `[v6]:port` or `unix:PATH`.
package enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A host name or address, and a port; as a server's, port 0 takes a free one.
  case tcp(host: String, port: Int)
  case unix(path: String)

  /// Bytes that a path of a socket can have in `sockaddr_un`.
  package static let maxUnixPath = 107

  /// Reads an address.
  ///
  /// - Throws: `TransportError` with `.invalidAddress` and a sentence that says what is wrong.
  package init(_ text: String) throws(TransportError) {
    if text.hasPrefix("unix:") {
      var path = text.dropFirst("unix:".count)
      // `unix:///run/x` is how URLs write it.
      if path.hasPrefix("///") { path = path.dropFirst(2) }
      self = .unix(path: String(path))
    } else {
      self = try Self.tcp(text)
    }
    try check()
  }

  private static func tcp(_ text: String) throws(TransportError) -> ListenAddress {
    guard let colon = text.lastIndex(of: ":"),
      let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port)
    else {
      throw TransportError(
        .invalidAddress,
        "\"\(text)\" is not an address: write host:port, [IPv6]:port or unix:PATH."
      )
    }
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      return .tcp(host: String(host.dropFirst().dropLast()), port: port)
    }
    guard !host.contains(":") else {
      throw TransportError(
        .invalidAddress,
        "Write the IPv6 address in brackets: [\(host)]:\(port)."
      )
    }
    return .tcp(host: String(host), port: port)
  }

  func check() throws(TransportError) {
    switch self {
    case .unix(let path):
      guard !path.isEmpty else {
        throw TransportError(.invalidAddress, "\"unix:\" needs the path of a socket behind it.")
      }
      guard !path.utf8.contains(0) else {
        throw TransportError(.invalidAddress, "The path of a socket cannot have a NUL in it.")
      }
      guard path.utf8.count <= Self.maxUnixPath else {
        throw TransportError(
          .invalidAddress,
          "The socket path \(path) has \(path.utf8.count) bytes; the system allows "
            + "\(Self.maxUnixPath). Choose a shorter one."
        )
      }
    case .tcp(let host, let port):
      guard (0...65535).contains(port) else {
        throw TransportError(.invalidAddress, "\(port) is not a port: use 0 to 65535.")
      }
      guard !host.isEmpty else {
        throw TransportError(
          .invalidAddress,
          "\":\(port)\" names no host: write 127.0.0.1:\(port), or 0.0.0.0:\(port) for every "
            + "address of this host."
        )
      }
      let isName = host.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: "_"):
          return true
        default:
          return false
        }
      }
      guard isName || family == AF_INET6 else {
        throw TransportError(.invalidAddress, "\"\(host)\" is neither a host name nor an address.")
      }
    }
  }

  /// The address in the form `init(_:)` reads.
  package var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .tcp(let host, let port) where host.contains(":"): "[\(host)]:\(port)"
    case .tcp(let host, let port): "\(host):\(port)"
    }
  }

  /// Whether what is sent there stays on this host: a Unix socket, 127.0.0.0/8, ::1 or
  /// `localhost`, which we take for 127.0.0.1 without asking anyone.
  package var isLocal: Bool {
    switch self {
    case .unix:
      return true
    case .tcp(let host, _):
      if host.lowercased() == "localhost" { return true }
      var v4 = in_addr()
      if inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
      var v6 = in6_addr()
      guard inet_pton(AF_INET6, host, &v6) == 1 else { return false }
      return withUnsafeBytes(of: v6) { bytes in
        bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
      }
    }
  }

  /// `AF_INET` or `AF_INET6` for an address, nil for a name or a path.
  private var family: Int32? {
    guard case .tcp(let host, _) = self else { return nil }
    var memory = in6_addr()
    if inet_pton(AF_INET, host, &memory) == 1 { return AF_INET }
    if inet_pton(AF_INET6, host, &memory) == 1 { return AF_INET6 }
    return nil
  }

  /// The target of a channel: addresses with their scheme, which keeps the resolver out.
  var channelTarget: String {
    switch self {
    case .unix(let path):
      return "unix:\(path)"
    case .tcp(let host, let port) where host.lowercased() == "localhost":
      return "ipv4:127.0.0.1:\(port)"
    case .tcp:
      switch family {
      case AF_INET: return "ipv4:\(self)"
      case AF_INET6: return "ipv6:\(self)"
      default: return "dns:///\(self)"
      }
    }
  }

  /// The address that a server binds.
  var bindTarget: String {
    switch self {
    case .tcp(let host, let port) where host.lowercased() == "localhost": "127.0.0.1:\(port)"
    case .tcp, .unix: description
    }
  }

  /// Refuses an address on which text could be read on the way, or any stranger could talk to the
  /// core.
  func checkPlaintextIsLocal(listening: Bool) throws(TransportError) {
    guard !isLocal else { return }
    throw TransportError(
      .plaintextRefused,
      listening
        ? "Listening on \(self) without TLS is refused: only loopback addresses and Unix sockets "
          + "are allowed. Give a certificate, a key and the roots of the clients."
        : "Connecting to \(self) without TLS is refused: only loopback addresses and Unix sockets "
          + "are allowed. Give the roots of the server's certificate."
    )
  }
}
