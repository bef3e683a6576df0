/// Which part a `workerd` plays, by the command line with which tools start it.
///
/// Two clients at one of its inspectors close each other, and under `wrangler dev` that ends the
/// proxy's only session: so a proxy comes before what is behind it, and what is behind it is left
/// alone.
enum WorkerdRole: Hashable {
  /// The proxy of `wrangler dev`: its inspector is the one port that it listens on beside these.
  case wranglerProxy(entryPorts: Set<UInt16>)
  /// Runs the program of `wrangler dev`, behind that proxy.
  case behindWrangler
  /// Runs the program of a miniflare with a proxy, which is in the Node process that started it.
  case behindMiniflare
  /// Has an inspector of its own at this port.
  case alone(port: UInt16)
  case uninspected

  init(_ arguments: [String]) {
    let inspector = Self.values(of: "--inspector-addr", in: arguments).last
    guard let inspector else {
      let entries = Self.values(of: "--socket-addr", in: arguments).compactMap { socket in
        socket.split(separator: "=").last.flatMap { HostAndPort(String($0))?.port }
      }
      let isProxy = arguments.contains("--binary") && !entries.isEmpty
      self = isProxy ? .wranglerProxy(entryPorts: Set(entries)) : .uninspected
      return
    }
    let port = HostAndPort(inspector)?.port ?? 0
    if !Self.values(of: "--debug-port", in: arguments).isEmpty {
      self = .behindWrangler
    } else {
      self = port == 0 ? .behindMiniflare : .alone(port: port)
    }
  }

  /// Whether the process that is asked runs the program; a proxy's memory is not the program's.
  static func runsProgram(_ arguments: [String]) -> Bool {
    if case .wranglerProxy = WorkerdRole(arguments) { false } else { true }
  }

  private static func values(of option: String, in arguments: [String]) -> [String] {
    arguments.indices.compactMap { index in
      let argument = arguments[index]
      if argument.hasPrefix(option + "=") { return String(argument.dropFirst(option.count + 1)) }
      let next = index + 1
      return argument == option && next < arguments.count ? arguments[next] : nil
    }
  }
}
