/// A completion script for fish.
struct FishCompletions {
  private let program: Command

  init(_ program: Command) {
    self.program = program
  }

  var text: String {
    let paths = CommandPath(program).all
    let steps = paths.dropFirst().map { "\"\($0.words)\"" }
    let follow =
      steps.isEmpty
      ? ""
      : """
          if contains -- "$path $word" \(steps.joined(separator: " "))
            set path "$path $word"
          end

      """
    return """
      # fish completion for \(program.name)
      function \(function)
        set -l path \(program.name)
        for word in (commandline -opc)[2..-1]
          true
      \(follow)  end
        test "$path" = "$argv[1]"
      end
      complete -c \(program.name) -f
      \(paths.flatMap(lines).joined(separator: "\n"))

      """
  }

  /// The shell function that tells whether a command is the one that was begun.
  private var function: String { "_" + Shell.identifier(program.name) + "_is_at" }

  private func lines(_ path: CommandPath) -> [String] {
    let start = "complete -c \(program.name) -n '\(function) \"\(path.words)\"'"
    var lines = path.command.subcommands.map {
      "\(start) -a \(quote($0.name)) -d \(quote($0.summary))"
    }
    lines += path.command.options.map { option in
      let description = option.description
      let short = description.short.map { " -s \($0)" } ?? ""
      let value = description.placeholder == nil ? "" : " -r" + values(description.completion)
      return "\(start) -l \(description.name)\(short)\(value) -d \(quote(description.help))"
    }
    lines += path.command.arguments.suffix(1).map { start + values($0.description.completion) }
    lines.append("\(start) -l help -s h -d 'Show this help'")
    if path.commands.count == 1 {
      let shells = Shell.allCases.map(\.rawValue).joined(separator: " ")
      lines.append("\(start) -l version -d 'Show the version'")
      lines.append("\(start) -l manual -d 'Print the manual page'")
      lines.append("\(start) -l completions -r -f -a '\(shells)' -d 'Print a completion script'")
    }
    return lines
  }

  /// What is offered, and that nothing else is: `-f` keeps files away.
  private func values(_ completion: Completion) -> String {
    switch completion {
    case .nothing: " -f"
    case .file: " -F"
    case .folder: " -f -a '(__fish_complete_directories)'"
    case .words(let words): " -f -a \(quote(words.joined(separator: " ")))"
    }
  }

  private func quote(_ text: String) -> String {
    let escaped = text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    return "'\(escaped)'"
  }
}
