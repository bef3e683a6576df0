/// A Chromium's options.
enum ChromiumOptions {
  /// Names of the programs that are one, under their packages' names for them.
  static let programs: Set<String> = [
    "chromium", "chrome", "headless_shell", "chromium-headless-shell", "chrome-headless-shell",
    "chromium-browser", "google-chrome", "msedge", "brave",
  ]

  /// Renderers and other helpers are the same program; all pages are reached through the browser.
  ///
  /// Helpers write their command line anew, as one argument.
  static func isBrowser(_ arguments: [String]) -> Bool {
    !arguments.contains { $0.hasPrefix("--type=") || $0.contains(" --type=") }
  }

  /// The port on which it can be inspected, 0 being any free one; nil where it was not asked to.
  static func port(in arguments: [String]) -> UInt16? {
    arguments.last { $0.hasPrefix(portOption) }.flatMap { UInt16($0.dropFirst(portOption.count)) }
  }

  private static let portOption = "--remote-debugging-port="
}
