internal import CommandLineArguments

/// `retinue man`: the manual page.
enum ManualCommand {
  static let command: Command = Command(
    "man",
    summary: "Print the manual page, in roff",
    examples: [Command.Example("retinue man | man -l -", "read it")]
  ) { _ in
    guard
      case .print(let page) = RetinueProgram.program.outcome(
        of: ["--manual"],
        environment: { _ in nil }
      )
    else { return .failed }
    Output.standard(page)
    return .ok
  }
}
