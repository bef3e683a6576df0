/// Deno's options: they may stand before and behind its subcommand, and end at the script.
enum DenoOptions {
  /// Where this process has its inspector; see `NodeOptions.inspector(in:)`.
  static func inspector(in process: ProcessFacts) -> NodeOptions.Inspector {
    NodeOptions.inspector(among: options(of: process))
  }

  /// See `NodeOptions.options(of:)`.
  static func options(of process: ProcessFacts) -> [String] {
    NodeOptions.split(process.environment["NODE_OPTIONS"] ?? "") + split(process.arguments).options
  }

  static func script(in arguments: [String]) -> String? {
    split(arguments).script
  }

  private static func split(_ arguments: [String]) -> (options: [String], script: String?) {
    var options: [String] = []
    var hasSubcommand = false
    var rest = arguments.dropFirst()
    while let next = rest.popFirst() {
      if next.hasPrefix("-"), next != "-", next != "--" {
        options.append(next)
        if valueOptions.contains(next) { _ = rest.popFirst() }
      } else if !hasSubcommand, subcommands.contains(next) {
        hasSubcommand = true
      } else {
        return (options, next)
      }
    }
    return (options, nil)
  }

  private static let subcommands: Set<String> = ["run", "serve", "test", "bench", "eval", "repl"]

  /// Options whose value is the next argument; without this list a value would be taken for the
  /// script.
  private static let valueOptions: Set<String> = [
    "-c", "--config", "--import-map", "--ext", "--cert", "--location", "--seed", "-L",
    "--log-level", "--preload", "--port", "--host",
  ]
}
