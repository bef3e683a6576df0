/// A program: finds the command that the words ask for, and runs it or says what is wrong.
///
/// Every program also knows `--help`, `--version`, and, for packagers, `--completions SHELL` and
/// `--manual`; `help COMMAND` is the same as `COMMAND --help`.
package struct CommandLineProgram: Sendable {
  /// What the words ask for.
  package enum Outcome: Sendable {
    case run(Command, ParsedArguments)
    /// To be printed to standard output; the program ends well.
    case print(String)
    /// To be printed to standard error; the program ends with `ExitCode.usage`.
    case refuse(String)
  }

  package let command: Command
  package let version: String

  package init(_ command: Command, version: String) {
    self.command = command
    self.version = version
  }

  /// Decides what is to be done, and does nothing.
  package func outcome(of words: [String], environment: (String) -> String?) -> Outcome {
    var path = CommandPath(command)
    do {
      return try resolve(words[...], environment: environment, path: &path)
    } catch {
      let usage = HelpText(path).usage
      return .refuse("\(path.words): \(error)\n\(usage)\nTry '\(path.words) --help'.\n")
    }
  }

  /// Runs the program on its own arguments and environment, and answers how to exit.
  package func run() async -> ExitCode {
    let words = Array(CommandLine.arguments.dropFirst())
    switch outcome(of: words, environment: Environment.value) {
    case .print(let text):
      Output.standard(text)
      return .ok
    case .refuse(let text):
      Output.error(text)
      return .usage
    case .run(let command, let arguments):
      return await run(command, arguments)
    }
  }

  private func run(_ command: Command, _ arguments: ParsedArguments) async -> ExitCode {
    guard let run = command.run else { return .usage }
    do {
      let code = try await run(arguments)
      guard !Output.hasFailed else {
        Output.error("\(self.command.name): standard output could not be written\n")
        return .failed
      }
      return code
    } catch let error as UsageError {
      Output.error("\(self.command.name): \(error)\n")
      return .usage
    } catch {
      Output.error("\(self.command.name): \(error)\n")
      return .failed
    }
  }

  private func resolve(
    _ words: ArraySlice<String>,
    environment: (String) -> String?,
    path: inout CommandPath
  ) throws(UsageError) -> Outcome {
    if let text = try document(words) { return .print(text) }
    var words = words
    let asksForHelp = words.first == "help" && command.subcommands.isEmpty == false
    if asksForHelp { words = words.dropFirst() }
    while path.command.subcommands.isEmpty == false {
      let isForItself = words.first.map { $0.hasPrefix("-") } ?? true
      if path.command.run != nil, isForItself { break }
      guard let word = words.popFirst() else {
        if asksForHelp { break }
        throw UsageError("say which command")
      }
      if word == "--help" || word == "-h" { return .print(HelpText(path).text()) }
      path = path.appending(try subcommand(word, of: path.command))
    }
    guard asksForHelp == false else { return .print(HelpText(path).text()) }
    var parser = ArgumentParser(path.command, words: words)
    guard let arguments = try parser.parse(environment: environment) else {
      return .print(HelpText(path).text())
    }
    return .run(path.command, arguments)
  }

  private func subcommand(_ word: String, of parent: Command) throws(UsageError) -> Command {
    if let found = parent.subcommands.first(where: { $0.name == word }) { return found }
    guard word.hasPrefix("-") == false else {
      let name = word.prefix { $0 != "=" }
      let isKnown = CommandPath(parent).all.contains { path in
        path.command.options.contains { $0.description.longForm == name }
      }
      throw UsageError(
        isKnown ? "put '\(name)' behind the command it is for" : "unknown option '\(name)'"
      )
    }
    let suggestion = Suggestion.sentence(for: word, among: parent.subcommands.map(\.name))
    throw UsageError("unknown command '\(word)'\(suggestion)")
  }

  /// The version, completions or manual, where they are asked for.
  private func document(_ words: ArraySlice<String>) throws(UsageError) -> String? {
    guard let first = words.first else { return nil }
    let parts = first.split(separator: "=", maxSplits: 1).map(String.init)
    switch parts[...].first {
    case "--version": return "\(command.name) \(version)\n"
    case "--manual": return ManualPage(command, version: version).text
    case "--completions":
      let shell = parts.count > 1 ? parts[1] : words.dropFirst().first
      guard let shell, let kind = Shell(rawValue: shell) else {
        let known = Shell.allCases.map(\.rawValue).joined(separator: ", ")
        throw UsageError("--completions needs one of \(known)")
      }
      return kind.completions(for: command)
    default: return nil
    }
  }
}
