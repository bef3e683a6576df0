/// What `--help` prints for one command.
struct HelpText {
  private let path: CommandPath
  private let width: Int

  init(_ path: CommandPath, width: Int = 90) {
    self.path = path
    self.width = width
  }

  /// The usage: `Usage: retinue analyze [OPTIONS] FILE…`.
  var usage: String {
    "Usage: \(Self.synopsis(of: path))"
  }

  /// The usage line without its beginning, also for the manual.
  static func synopsis(of path: CommandPath) -> String {
    let command = path.command
    guard command.run != nil else { return "\(path.words) COMMAND" }
    let descriptions = command.options.map(\.description)
    let required = descriptions.filter(\.isRequired).map {
      " \($0.longForm) \($0.placeholder ?? "")"
    }
    let hasMore = descriptions.contains { $0.isRequired == false }
    let arguments = command.arguments.map { " \($0.description.usage)" }
    return ([path.words] + required + [hasMore ? " [OPTIONS]" : ""] + arguments).joined()
  }

  func text() -> String {
    let command = path.command
    var sections = [usage, paragraph(command.summary + ".")]
    sections += TextWrapping.paragraphs(command.discussion).map(paragraph)
    sections.append(
      list("Commands", command.subcommands.map { ($0.name, $0.summary) })
    )
    sections.append(
      list("Arguments", command.arguments.map { ($0.description.placeholder, $0.description.help) })
    )
    sections.append(
      list(
        "Options",
        command.options.map { (Self.term($0.description), Self.help($0.description)) }
      )
    )
    sections.append(list("Other options", Self.commonOptions(of: path)))
    sections.append(examples)
    return sections.filter { $0.isEmpty == false }.joined(separator: "\n\n") + "\n"
  }

  /// An option's forms: `-n, --count N`.
  static func term(_ option: OptionDescription) -> String {
    let short = option.short.map { "-\($0), " } ?? "    "
    return short + option.longForm + (option.placeholder.map { " \($0)" } ?? "")
  }

  /// The help with what can be said of the option besides.
  static func help(_ option: OptionDescription) -> String {
    var notes: [String] = []
    if case .words(let words) = option.completion { notes.append(words.joined(separator: ", ")) }
    if let text = option.defaultText { notes.append("default: \(text)") }
    if let variable = option.environment { notes.append("environment: \(variable)") }
    if option.isRepeatable, option.placeholder != nil { notes.append("may be repeated") }
    return option.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }

  /// The options that every command, or every program, has.
  static func commonOptions(of path: CommandPath) -> [(term: String, help: String)] {
    let help = (term: "-h, --help", help: "Show this help")
    guard path.commands.count == 1 else { return [help] }
    let shells = Shell.allCases.map(\.rawValue).joined(separator: ", ")
    return [
      help,
      (term: "    --version", help: "Show the version"),
      (term: "    --completions SHELL", help: "Print a completion script (\(shells))"),
      (term: "    --manual", help: "Print the manual page"),
    ]
  }

  private var examples: String {
    guard path.command.examples.isEmpty == false else { return "" }
    let lines = path.command.examples.map { "  \($0.invocation)\n      \($0.purpose)" }
    return (["Examples:"] + lines).joined(separator: "\n")
  }

  private func paragraph(_ text: String) -> String {
    TextWrapping.lines(text, width: width).joined(separator: "\n")
  }

  /// Terms on the left, what they mean beside them.
  private func list(_ title: String, _ entries: [(term: String, help: String)]) -> String {
    guard entries.isEmpty == false else { return "" }
    let longest = entries.map(\.term.count).max() ?? 0
    let column = min(longest, 32) + 4
    var lines = ["\(title):"]
    for entry in entries {
      var help = TextWrapping.lines(entry.help, width: width - column)
      let term = "  " + entry.term
      if term.count + 2 <= column, help.isEmpty == false {
        lines.append(term + String(repeating: " ", count: column - term.count) + help.removeFirst())
      } else {
        lines.append(term)
      }
      lines += help.map { String(repeating: " ", count: column) + $0 }
    }
    return lines.joined(separator: "\n")
  }
}
