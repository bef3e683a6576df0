internal import CommandLineArguments
internal import Glibc

/// The program `retinue`: the one description of its commands, from which parser, help,
/// completions and manual are made.
enum RetinueProgram {
  static let version = "0.1.0"

  static let program: CommandLineProgram = CommandLineProgram(
    Command(
      "retinue",
      summary: "Find memory leaks across a fleet of JavaScript processes",
      discussion: """
        Agents stand beside the processes; a collector keeps what they ship and compares it. Most \
        commands ask a collector; 'analyze' and 'compare' also work on files alone.

        Every command that lists or measures has --json, whose fields are documented in \
        docs/cli-json.md and do not change. Exit codes: 0 ok, 1 failed, 2 usage, 3 finding.
        """,
      examples: [
        Command.Example("retinue up", "watch the processes of this host"),
        Command.Example("retinue targets", "who is there, and how their heaps grow"),
        Command.Example(
          "retinue snapshot take --selector service=checkout --series monday --count 3",
          "three snapshots of each instance, a minute apart"
        ),
        Command.Example(
          "retinue leaks --selector service=checkout --series monday",
          "what grew on every step, and what holds it"
        ),
        Command.Example("retinue analyze heap.heapsnapshot", "a file, without a collector"),
      ],
      subcommands: [
        UpCommand.command, CollectorCommand.command, StatusCommand.command,
        TargetsCommand.command, TopCommand.command, ProfileCommand.command, GCCommand.command,
        CollectionsCommand.command, CensusCommand.command, AnalyzeCommand.command,
        CompareCommand.command, SnapshotCommand.command,
        LeaksCommand.command, CompletionsCommand.command, ManualCommand.command,
        VersionCommand.command,
      ]
    ),
    version: version
  )

  static func main() async -> Never {
    // A reader that goes away ends a pipe, not us in the middle of a write to a collector.
    signal(SIGPIPE, SIG_IGN)
    exit(await program.run().rawValue)
  }
}
