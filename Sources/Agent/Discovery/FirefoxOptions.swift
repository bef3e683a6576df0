/// Firefox's options.
enum FirefoxOptions {
  enum Server: Hashable {
    case port(UInt16)
    case socket(path: String)
    case unusable(String)
  }

  static let programs: Set<String> = ["firefox", "firefox-esr", "firefox-bin"]

  /// Whether a process is the browser itself: those that do the pages' work are the same program.
  ///
  /// They write their command line anew, as one text.
  static func isBrowser(_ arguments: [String]) -> Bool {
    arguments.contains { " \($0) ".contains(" -contentproc ") } == false
  }

  /// Where its debugger server was told to listen; nil if none was asked for.
  static func server(in arguments: [String]) -> Server? {
    var rest = arguments.dropFirst()
    while let option = rest.popFirst() {
      let name = option.prefix { $0 != "=" }
      guard name == "--start-debugger-server" || name == "-start-debugger-server" else { continue }
      if name.endIndex < option.endIndex {
        return server(String(option[name.endIndex...].dropFirst()))
      }
      guard let value = rest.first, value.hasPrefix("-") == false else {
        return .port(defaultPort)
      }
      return server(value)
    }
    return nil
  }

  /// The preference `devtools.debugger.remote-port`.
  private static let defaultPort: UInt16 = 6_000

  private static func server(_ value: String) -> Server {
    if let port = UInt16(value) { return .port(port) }
    if value.hasPrefix("/") { return .socket(path: value) }
    if value.hasPrefix("ws:") {
      return .unusable("its debugger server speaks WebSocket, over which it sends no snapshot")
    }
    return .unusable("its debugger server listens on the abstract socket @\(value)")
  }
}
