/// A program or one of its commands: the one description from which the parser, the help, the
/// completions and the manual page are made.
package struct Command: Sendable {
  package typealias Run = @Sendable (ParsedArguments) async throws -> ExitCode

  /// An invocation worth showing, and what it does.
  package struct Example: Hashable, Sendable {
    package let invocation: String
    package let purpose: String

    package init(_ invocation: String, _ purpose: String) {
      self.invocation = invocation
      self.purpose = purpose
    }
  }

  package let name: String
  /// One line, without a full stop.
  package let summary: String
  /// More, in paragraphs with an empty line between them; lines are filled again.
  package let discussion: String
  package let options: [any AnyOption]
  package let arguments: [any AnyArgument]
  package let examples: [Example]
  package let subcommands: [Command]
  /// What it does; nil for a command that only holds others.
  package let run: Run?

  /// A command that does something, by itself and through the commands it may hold besides.
  package init(
    _ name: String,
    summary: String,
    discussion: String = "",
    options: [any AnyOption] = [],
    arguments: [any AnyArgument] = [],
    examples: [Example] = [],
    subcommands: [Command] = [],
    run: @escaping Run
  ) {
    precondition(
      subcommands.isEmpty || arguments.isEmpty,
      "\(name): a word cannot be both a command and an argument"
    )
    let isInOrder = arguments.dropLast().allSatisfy { $0.description.atMost == 1 }
    precondition(isInOrder, "\(name): only the last argument can be several")
    let names =
      options.map(\.description.name) + options.compactMap { $0.description.short.map(String.init) }
    precondition(Set(names).count == names.count, "\(name): two options have one name: \(names)")
    let places = arguments.map(\.description.placeholder)
    precondition(
      Set(places).count == places.count,
      "\(name): two arguments have one name: \(places)"
    )
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.options = options
    self.arguments = arguments
    self.examples = examples
    self.subcommands = subcommands
    self.run = run
  }

  /// A command that only holds others.
  package init(
    _ name: String,
    summary: String,
    discussion: String = "",
    examples: [Example] = [],
    subcommands: [Command]
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.options = []
    self.arguments = []
    self.examples = examples
    self.subcommands = subcommands
    self.run = nil
  }
}

/// A command and the words that lead to it.
struct CommandPath: Sendable {
  /// From the program to the command; never empty.
  let commands: [Command]

  var command: Command { commands[commands.count - 1] }

  /// Their names: `retinue snapshot take`.
  var words: String { commands.map(\.name).joined(separator: " ") }

  init(_ program: Command) {
    commands = [program]
  }

  private init(commands: [Command]) {
    self.commands = commands
  }

  func appending(_ command: Command) -> CommandPath {
    CommandPath(commands: commands + [command])
  }

  /// This command and all below it, each before those it holds.
  var all: [CommandPath] {
    [self] + command.subcommands.flatMap { appending($0).all }
  }
}
