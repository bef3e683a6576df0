/// Node's options.
///
/// What stands later wins, and the command line stands after `NODE_OPTIONS`.
enum NodeOptions {
  struct Inspector: Hashable {
    var isOn = false
    var host: String?
    /// 0 is any free one.
    var port: UInt16 = 9_229
  }

  /// Where this process has its inspector or, if it was not asked for one, would open it on
  /// `SIGUSR1`.
  ///
  /// That signal and `inspector.open()` leave no trace here.
  static func inspector(in process: ProcessFacts) -> Inspector {
    inspector(among: options(of: process))
  }

  /// All options that this process was started with, those of the environment first.
  static func options(of process: ProcessFacts) -> [String] {
    split(process.environment["NODE_OPTIONS"] ?? "") + ownOptions(process.arguments)
  }

  static func inspector(among options: [String]) -> Inspector {
    var rest = options[...]
    var inspector = Inspector()
    while let option = rest.popFirst() {
      guard let (name, inlineValue) = split(option: option) else { continue }
      let takesPlace = placeOptions.contains(name)
      guard takesPlace || onOptions.contains(name) else { continue }
      if !takesPlace { inspector.isOn = true }
      let value = takesPlace && inlineValue == nil ? rest.popFirst() : inlineValue
      guard let value, let place = HostAndPort(value) else { continue }
      inspector.host = place.host ?? inspector.host
      inspector.port = place.port ?? inspector.port
    }
    return inspector
  }

  /// The option by which the permission model is on and the inspector is not; nil where there may be one.
  ///
  /// Measured with 20.20, 22.20 and 24.19: `--inspect` is taken and opens nothing, and so is SIGUSR1.
  /// Beside `--allow-inspector` (24.19; 22.20 does not know it) both open it.
  static func permissionModel(among options: [String]) -> String? {
    guard !options.contains("--allow-inspector") else { return nil }
    return options.first { $0 == "--permission" || $0 == "--experimental-permission" }
  }

  /// The script's name, and nothing that belongs to Node itself.
  static func script(in arguments: [String]) -> String? {
    let own = 1 + ownOptions(arguments).count
    guard own < arguments.count else { return nil }
    return arguments[own]
  }

  /// The options before the script: what comes after it belongs to the program.
  private static func ownOptions(_ arguments: [String]) -> [String] {
    var options: [String] = []
    var rest = arguments.dropFirst()
    while let next = rest.first, next.hasPrefix("-"), next != "-", next != "--" {
      options.append(next)
      rest.removeFirst()
      if valueOptions.contains(next), let value = rest.popFirst() { options.append(value) }
    }
    return options
  }

  private static func split(option: String) -> (name: String, value: String?)? {
    guard option.hasPrefix("--") else { return nil }
    guard let equals = option.firstIndex(of: "=") else { return (option, nil) }
    return (String(option[..<equals]), String(option[option.index(after: equals)...]))
  }

  /// Splits as Node does: at spaces, with double quotes and a backslash inside them.
  static func split(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    var isEscaped = false
    for character in text {
      if isEscaped {
        word.append(character)
        isEscaped = false
      } else if isQuoted && character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == " " && !isQuoted {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  private static let onOptions: Set<String> = [
    "--inspect", "--inspect-brk", "--inspect-wait", "--inspect-brk-node",
  ]
  private static let placeOptions: Set<String> = ["--inspect-port", "--debug-port"]
  /// Options whose value is the next argument; without this list a value would be taken for the
  /// script.
  private static let valueOptions: Set<String> = [
    "-r", "--require", "--import", "--loader", "--experimental-loader", "-e", "--eval", "-p",
    "--print", "-pe", "-C", "--conditions", "--inspect-port", "--debug-port", "--env-file",
    "--title", "--icu-data-dir", "--openssl-config", "--input-type", "--watch-path",
  ]
}
