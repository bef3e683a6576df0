/// A process that the configuration names, for those that discovery cannot find.
package struct StaticTarget: Hashable, Sendable {
  package enum Runtime: String, CaseIterable, Sendable {
    case node
    case deno
    case bun
    case chromium
    case workerd
  }

  package var address: TargetAddress
  package var runtime: Runtime
  package var labels: LabelSet
  /// The path of Bun's inspector, which is its password: `/` and something nobody guesses.
  package var secretPath: String?
  /// Where it begins in the file, counted from 1.
  package var line: Int
}

/// Where an inspector listens: on this host, and nowhere else.
///
/// Whoever can name an address for the agent to connect to and evaluate in would otherwise have
/// code execution on any host that the agent reaches.
package enum TargetAddress: Hashable, Sendable, CustomStringConvertible {
  /// A port of a loopback address; `host` is `127.x.x.x` or `::1`.
  case loopback(host: String, port: UInt16)
  /// An absolute path of at most 107 bytes.
  case unix(path: String)

  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard path.hasPrefix("/"), path.utf8.count <= 107, path.utf8.contains(0) == false else {
        return nil
      }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let port = text[text.index(after: colon)...]
    guard let number = UInt16(port), number > 0, String(number) == port else { return nil }
    switch text[..<colon] {
    case "localhost": self = .loopback(host: "127.0.0.1", port: number)
    case "[::1]": self = .loopback(host: "::1", port: number)
    case let host where Self.isLoopback(host): self = .loopback(host: String(host), port: number)
    default: return nil
    }
  }

  package var description: String {
    switch self {
    case .loopback("::1", let port): "[::1]:\(port)"
    case .loopback(let host, let port): "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// Four decimal numbers without leading zeros, the first 127: none of the other spellings that
  /// some libraries know.
  private static func isLoopback(_ host: Substring) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in UInt8(part).map { String($0) == part } == true }
  }
}
