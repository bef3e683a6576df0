/// The shells that completions are written for.
package enum Shell: String, CaseIterable, Sendable {
  case bash
  case zsh
  case fish

  /// The script that teaches the shell this program's commands and options.
  package func completions(for program: Command) -> String {
    switch self {
    case .bash: BashCompletions(program).text
    case .zsh: ZshCompletions(program).text
    case .fish: FishCompletions(program).text
    }
  }

  /// The name of a shell function for a program or command: only letters, digits, underscores.
  static func identifier(_ words: String) -> String {
    "_" + words.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
  }
}

/// What completions offer everywhere beside what the descriptions say.
enum CommonOptions {
  static func longForms(of path: CommandPath) -> [String] {
    path.commands.count == 1
      ? ["--help", "--version", "--completions", "--manual"] : ["--help"]
  }
}
