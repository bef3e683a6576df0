/// A completion script for zsh, by `_arguments`, one function for each command.
struct ZshCompletions {
  private let program: Command

  init(_ program: Command) {
    self.program = program
  }

  var text: String {
    let function = Shell.identifier(program.name)
    let functions = CommandPath(program).all.map(Self.function).joined(separator: "\n")
    return """
      #compdef \(program.name)
      # zsh completion for \(program.name)
      \(functions)
      if [ "$funcstack[1]" = "\(function)" ]; then
        \(function) "$@"
      else
        compdef \(function) \(program.name)
      fi

      """
  }

  private static func function(_ path: CommandPath) -> String {
    let specifications = path.command.options.map { specification($0.description) } + common(path)
    let body =
      path.command.subcommands.isEmpty
      ? leaf(path, specifications) : group(path, specifications)
    return "\(Shell.identifier(path.words))() {\n\(body)\n}"
  }

  private static func leaf(_ path: CommandPath, _ specifications: [String]) -> String {
    let arguments = path.command.arguments.map { argument in
      let description = argument.description
      let prefix = description.atMost > 1 ? "*" : ""
      let kind = description.atLeast == 0 && description.atMost == 1 ? "::" : ":"
      return
        "'\(prefix)\(kind)\(escape(description.placeholder)):\(action(description.completion))'"
    }
    return call("_arguments -s", specifications + arguments)
  }

  private static func group(_ path: CommandPath, _ specifications: [String]) -> String {
    let commands = path.command.subcommands.map { "    '\(escape($0.name)):\(escape($0.summary))'" }
    let cases = path.command.subcommands.map { command in
      "      \(command.name)) \(Shell.identifier(path.appending(command).words)) ;;"
    }
    return """
        local state line
        local -a commands=(
      \(commands.joined(separator: "\n"))
        )
      \(call("_arguments -C", specifications + ["'1: :->command'", "'*:: :->rest'"]))
        case "$state" in
          command) _describe -t commands command commands ;;
          rest)
            case "$line[1]" in
      \(cases.joined(separator: "\n"))
            esac
            ;;
        esac
      """
  }

  private static func call(_ command: String, _ arguments: [String]) -> String {
    (["  \(command)"] + arguments.map { "    \($0)" }).joined(separator: " \\\n")
  }

  private static func common(_ path: CommandPath) -> [String] {
    let help = "'(-h --help)'{-h,--help}'[Show this help]'"
    guard path.commands.count == 1 else { return [help] }
    let shells = Shell.allCases.map(\.rawValue).joined(separator: " ")
    return [
      help, "'--version[Show the version]'", "'--manual[Print the manual page]'",
      "'--completions[Print a completion script]:SHELL:(\(shells))'",
    ]
  }

  private static func specification(_ option: OptionDescription) -> String {
    let help = "[\(escape(option.help))]"
    let value = option.placeholder.map { ":\(escape($0)):\(action(option.completion))" } ?? ""
    let repeats = option.isRepeatable && option.placeholder != nil ? "*" : ""
    guard let short = option.short else { return "'\(repeats)\(option.longForm)\(help)\(value)'" }
    let exclusion = repeats.isEmpty ? "'(-\(short) \(option.longForm))'" : "'*'"
    return "\(exclusion){-\(short),\(option.longForm)}'\(help)\(value)'"
  }

  private static func action(_ completion: Completion) -> String {
    switch completion {
    case .nothing: " "
    case .file: "_files"
    case .folder: "_files -/"
    case .words(let words): "(\(words.joined(separator: " ")))"
    }
  }

  /// For text inside single quotes inside a specification.
  private static func escape(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "'": escaped += "'\\''"
      case "[", "]", ":", "\\": escaped += "\\\(character)"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
