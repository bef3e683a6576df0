internal import Agent
internal import CommandLineArguments
internal import Configuration

/// `retinue-agent check`: what the agent would do to each JavaScript process of this host, and why.
enum CheckCommand {
  static let name = "check"

  private static let json = Option.flag("json", help: "print JSON instead of text")

  static let command = Command(
    name,
    summary: "Say what the agent would do to each JavaScript process of this host, and why",
    discussion: """
      Reads the configuration and looks at the host's processes as the agent does, and connects to \
      none of them: how each would be reached, or what would make it reachable; its labels, and \
      where each comes from; which rule decides, by its line in the file; how it would be watched, \
      and what its snapshots may cost. Exit codes: 0 ok, 2 for a file that cannot be used.
      """,
    options: [AgentProgram.configuration, json],
    examples: [
      Command.Example("retinue-agent check --config agent.yaml", "before an agent gets that file")
    ],
    run: { try run($0) }
  )

  static func run(_ arguments: ParsedArguments) throws(UsageError) -> ExitCode {
    let report = HostCheck.report(try AgentProgram.configuration(arguments))
    if arguments[json] {
      Output.standard(report.json + [UInt8(ascii: "\n")])
    } else {
      Output.standard(report.lines.map { DisplayText.safe($0) + "\n" }.joined())
    }
    return .ok
  }
}
