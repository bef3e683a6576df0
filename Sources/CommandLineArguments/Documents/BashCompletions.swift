/// A completion script for bash, without bash-completion's helpers.
struct BashCompletions {
  private let program: Command

  init(_ program: Command) {
    self.program = program
  }

  var text: String {
    let function = Shell.identifier(program.name)
    let paths = CommandPath(program).all
    let steps = paths.dropFirst().map { "\"\($0.words)\"" }
    let follow =
      steps.isEmpty
      ? ""
      : """
        case "$path $word" in
          \(steps.joined(separator: "|"))) path="$path $word" ;;
        esac

      """
    return """
      # bash completion for \(program.name)
      \(function)() {
        local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
        local path="\(program.name)" word
        COMPREPLY=()
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
          :
      \(follow)  done
        case "$path" in
      \(paths.map(branch).joined(separator: "\n"))
        esac
      }
      complete -F \(function) \(program.name)

      """
  }

  /// What is offered behind one command.
  private func branch(_ path: CommandPath) -> String {
    var lines = ["    \"\(path.words)\")"]
    let values = values(of: path)
    if values.isEmpty == false {
      lines.append("      case \"$previous\" in")
      lines += values.map { "        \($0.forms)) \($0.reply); return ;;" }
      lines.append("      esac")
    }
    let options =
      path.command.options.map(\.description.longForm) + CommonOptions.longForms(of: path)
    lines.append("      case \"$current\" in")
    lines.append("        -*) \(reply(words: options)) ;;")
    lines.append("        *) \(argumentReply(path)) ;;")
    lines.append("      esac")
    lines.append("      ;;")
    return lines.joined(separator: "\n")
  }

  private func values(of path: CommandPath) -> [(forms: String, reply: String)] {
    var values = path.command.options.map(\.description).filter { $0.placeholder != nil }.map {
      let forms = [$0.longForm] + ($0.short.map { ["-\($0)"] } ?? [])
      return (forms: forms.joined(separator: "|"), reply: reply(for: $0.completion))
    }
    if path.commands.count == 1 {
      let shells = Shell.allCases.map(\.rawValue)
      values.append((forms: "--completions", reply: reply(words: shells)))
    }
    return values
  }

  private func argumentReply(_ path: CommandPath) -> String {
    guard path.command.subcommands.isEmpty else {
      return reply(words: path.command.subcommands.map(\.name))
    }
    return reply(for: path.command.arguments.last?.description.completion ?? .nothing)
  }

  private func reply(for completion: Completion) -> String {
    switch completion {
    case .nothing: "COMPREPLY=()"
    case .file:
      "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"
    case .folder:
      "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$current\")"
    case .words(let words): reply(words: words)
    }
  }

  private func reply(words: [String]) -> String {
    "mapfile -t COMPREPLY < <(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\")"
  }
}
