/// Bun's options and variables.
enum BunOptions {
  enum Inspector: Hashable {
    /// Listens on TCP; port 0 is any free one, and without a path the path is random.
    case listen(host: String?, port: UInt16, path: String?)
    /// Listens on a Unix socket, on any path.
    case unix(socket: String)
    /// Connects to someone else instead of listening, and does not end while that one is there.
    case dialsOut
  }

  /// Names a socket to which the inspector connects; the program ends whoever is there.
  static let caller = "BUN_INSPECT_CONNECT_TO"

  static let defaultPort: UInt16 = 6_499

  /// What the command line and the environment say; nil where no inspector was asked for.
  static func inspector(in process: ProcessFacts) -> Inspector? {
    let fromEnvironment = NodeOptions.split(process.environment["BUN_OPTIONS"] ?? "")
    let options = fromEnvironment + ownOptions(process.arguments)
    for option in options.reversed() {
      for name in ["--inspect", "--inspect-brk", "--inspect-wait"] {
        if option == name { return .listen(host: nil, port: defaultPort, path: nil) }
        if option.hasPrefix(name + "=") {
          return request(String(option.dropFirst(name.utf8.count + 1)))
        }
      }
    }
    return process.environment["BUN_INSPECT"].flatMap(request)
  }

  /// The socket to which a program connects by itself, once, when it starts.
  ///
  /// Nil also where another option makes it connect somewhere and wait: it would not end while we are
  /// there.
  static func calledSocket(in process: ProcessFacts) -> String? {
    guard let place = process.environment[caller], place.hasPrefix("unix:"),
      inspector(in: process) != .dialsOut
    else { return nil }
    let path = place.dropFirst("unix:".utf8.count)
    return String(path.hasPrefix("//") ? path.dropFirst(2) : path)
  }

  static func script(in arguments: [String]) -> String? {
    arguments.dropFirst().first { !$0.hasPrefix("-") && !subcommands.contains($0) }
  }

  private static func ownOptions(_ arguments: [String]) -> ArraySlice<String> {
    arguments.dropFirst().prefix { $0.hasPrefix("-") || subcommands.contains($0) }
  }

  /// Reads a place as Bun writes it: `7201`, `127.0.0.1:0`, `/path`, `ws://host:port/path`,
  /// `ws+unix:///socket`.
  static func request(_ text: String) -> Inspector? {
    let place = text.prefix { $0 != "?" }
    if place.hasPrefix("ws+unix://") {
      return .unix(socket: String(place.dropFirst("ws+unix://".utf8.count)))
    }
    if ["unix:", "tcp:", "fd:"].contains(where: place.hasPrefix) { return .dialsOut }
    let bare = place.hasPrefix("ws://") ? place.dropFirst("ws://".utf8.count) : place
    let slash = bare.firstIndex(of: "/") ?? bare.endIndex
    let path = bare[slash...].count > 1 ? String(bare[slash...]) : nil
    if bare[..<slash].isEmpty {
      return .listen(host: nil, port: defaultPort, path: path)
    }
    guard let server = HostAndPort(String(bare[..<slash])) else { return nil }
    return .listen(host: server.host, port: server.port ?? defaultPort, path: path)
  }

  private static let subcommands: Set<String> = ["run", "test", "x", "exec", "start"]
}
