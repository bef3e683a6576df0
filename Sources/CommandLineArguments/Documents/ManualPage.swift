/// The manual page of a program and all of its commands, in roff.
struct ManualPage {
  private let program: Command
  private let version: String

  init(_ program: Command, version: String) {
    self.program = program
    self.version = version
  }

  var text: String {
    let paths = CommandPath(program).all
    let name = program.name
    var lines = [
      ".TH \(escape(name.uppercased())) 1 \"\" \"\(escape("\(name) \(version)"))\"",
      ".SH NAME",
      "\(escape(name)) \\- \(escape(program.summary))",
      ".SH SYNOPSIS",
    ]
    for (index, path) in paths.filter({ $0.command.run != nil }).enumerated() {
      if index > 0 { lines.append(".br") }
      lines.append(".B \(escape(HelpText.synopsis(of: path)))")
    }
    lines.append(".SH DESCRIPTION")
    lines += paragraphs(program)
    if program.subcommands.isEmpty == false {
      lines.append(".SH COMMANDS")
      lines += paths.dropFirst().filter { $0.command.run != nil }.flatMap(commandSection)
    }
    lines.append(".SH OPTIONS")
    lines += program.options.flatMap { entry($0.description) }
    lines += HelpText.commonOptions(of: CommandPath(program)).flatMap(entry)
    lines += environment(paths) + exitStatus + examples(paths)
    return lines.joined(separator: "\n") + "\n"
  }

  private func commandSection(_ path: CommandPath) -> [String] {
    var lines = [
      ".SS \"\(escape(HelpText.synopsis(of: path)))\"", escape(path.command.summary + "."),
    ]
    lines += paragraphs(path.command)
    lines += path.command.arguments.flatMap { argument in
      entry((term: argument.description.usage, help: argument.description.help))
    }
    return lines + path.command.options.flatMap { entry($0.description) }
  }

  private func paragraphs(_ command: Command) -> [String] {
    TextWrapping.paragraphs(command.discussion).flatMap { [".PP", escape($0)] }
  }

  private func entry(_ option: OptionDescription) -> [String] {
    entry((term: HelpText.term(option), help: HelpText.help(option)))
  }

  private func entry(_ entry: (term: String, help: String)) -> [String] {
    let term = entry.term.drop { $0 == " " }
    return [".TP", ".B \(escape(String(term)))", escape(entry.help)]
  }

  private func environment(_ paths: [CommandPath]) -> [String] {
    var seen: Set<String> = []
    var lines: [String] = []
    for option in paths.flatMap(\.command.options).map(\.description) {
      guard let variable = option.environment, seen.insert(variable).inserted else { continue }
      lines += entry((term: variable, help: "Stands for \(option.longForm) where it is not given."))
    }
    return lines.isEmpty ? [] : [".SH ENVIRONMENT"] + lines
  }

  private var exitStatus: [String] {
    [".SH EXIT STATUS"]
      + entry((term: "0", help: "All was done."))
      + entry((term: "1", help: "Something was not done; standard error says what."))
      + entry((term: "2", help: "The command line was wrong."))
      + entry((term: "3", help: "All was done, and there is a finding: a leak, growth."))
  }

  private func examples(_ paths: [CommandPath]) -> [String] {
    let examples = paths.flatMap(\.command.examples)
    guard examples.isEmpty == false else { return [] }
    return [".SH EXAMPLES"]
      + examples.flatMap { entry((term: $0.invocation, help: $0.purpose)) }
  }

  /// Text that roff takes as it is, on one line.
  private func escape(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      case "\"": escaped += "\\(dq"
      case "…": escaped += "..."
      case "\n": escaped += " "
      default: escaped.append(character)
      }
    }
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&\(escaped)" : escaped
  }
}
