internal import CommandLineArguments

/// `retinue completions`: what a shell needs to complete our commands.
enum CompletionsCommand {
  private static let shell = Argument.required(
    ValueKind<Shell>.choice("SHELL"),
    help: "the shell: bash, zsh or fish"
  )

  static let command: Command = Command(
    "completions",
    summary: "Print completions for a shell",
    arguments: [shell],
    examples: [
      Command.Example("source <(retinue completions bash)", "for this shell"),
      Command.Example(
        "retinue completions zsh > ~/.zfunc/_retinue",
        "for all later ones, with ~/.zfunc in fpath"
      ),
    ]
  ) { arguments in
    Output.standard(arguments[shell].completions(for: RetinueProgram.program.command))
    return .ok
  }
}
