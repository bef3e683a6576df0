import CommandLineArguments
import TestSupport
import Testing

@Suite struct CommandLineProgramTests {
  private func outcome(
    _ line: String,
    environment: [String: String] = [:]
  ) -> CommandLineProgram.Outcome {
    let words = line.split(separator: " ").map(String.init)
    return CommandLineProgram(Example.program, version: "1.2.3")
      .outcome(of: words) { environment[$0] }
  }

  /// The values, where the line asks for a command to run.
  private func parsed(
    _ line: String,
    environment: [String: String] = [:]
  ) throws -> ParsedArguments {
    let outcome = outcome(line, environment: environment)
    guard case .run(_, let arguments) = outcome else {
      throw Unexpected(outcome: "\(outcome)")
    }
    return arguments
  }

  /// The first line of the refusal.
  private func refusal(_ line: String, environment: [String: String] = [:]) -> String? {
    guard case .refuse(let text) = outcome(line, environment: environment) else { return nil }
    return text.split(separator: "\n").first.map(String.init)
  }

  private struct Unexpected: Error {
    let outcome: String
  }

  @Test func `options come in every form`() throws {
    for line in [
      "snapshot take --count 5 --target a --target b --json evening",
      "snapshot take --count=5 -t a -t b -j evening",
      "snapshot take evening -n5 -ta -t=b -j",
      "snapshot take -jn 5 -t a -jtb -- evening",
    ] {
      let arguments = try parsed(line)
      expect(arguments[Example.count], equals: 5, "\(line)")
      expect(arguments[Example.targets], equals: ["a", "b"], "\(line)")
      #expect(arguments[Example.json], "\(line)")
      expect(arguments[Example.session], equals: "evening", "\(line)")
    }
  }

  @Test func `what is not given has its default`() throws {
    let arguments = try parsed("snapshot take")

    expect(arguments[Example.count], equals: 3)
    expect(arguments[Example.interval], equals: .seconds(60))
    #expect(arguments[Example.collector] == nil)
    expect(arguments[Example.targets], equals: [])
    expect(arguments[Example.json], equals: false)
    #expect(arguments[Example.session] == nil)
    #expect(!arguments.isGiven(Example.count))
  }

  @Test func `a value that equals the default is given all the same`() throws {
    let arguments = try parsed("snapshot take --count 3")

    expect(arguments[Example.count], equals: 3)
    #expect(arguments.isGiven(Example.count))
    #expect(!arguments.isGiven(Example.interval))
  }

  @Test func `values have their types`() throws {
    let arguments = try parsed("snapshot take --interval 1h30m --size 128KB --growth -2.5")

    expect(arguments[Example.interval], equals: .seconds(5400))
    expect(arguments[Example.size], equals: 128_000)
    expect(arguments[Example.growth], equals: -2.5)
    try expect(parsed("snapshot get --format pprof")[Example.format], equals: .pprof)
  }

  @Test func `the environment stands in for an option`() throws {
    let environment = ["RETINUE_COLLECTOR": "unix:/a", "RETINUE_LISTEN": "b:1"]

    let take = try parsed("snapshot take", environment: environment)
    expect(take[Example.collector], equals: "unix:/a")
    let given = try parsed("snapshot take -c unix:/b", environment: environment)
    expect(given[Example.collector], equals: "unix:/b")
    let empty = try parsed("snapshot take", environment: ["RETINUE_COLLECTOR": ""])
    #expect(empty[Example.collector] == nil)
    try expect(parsed("collector", environment: environment)[Example.listen], equals: "b:1")
  }

  @Test func `arguments are shared out in order`() throws {
    let arguments = try parsed("compare a b --json c -- --d -")

    expect(arguments[Example.before], equals: "a")
    expect(arguments[Example.others], equals: ["b", "c", "--d", "-"])
  }

  @Test(arguments: [
    ("", "retinue: say which command"),
    ("snapshot", "retinue snapshot: say which command"),
    ("snapshto take", "retinue: unknown command 'snapshto', did you mean 'snapshot'?"),
    ("snap take", "retinue: unknown command 'snap', did you mean 'snapshot'?"),
    ("zebra", "retinue: unknown command 'zebra'"),
    ("--json compare", "retinue: put '--json' behind the command it is for"),
    ("--collector=x compare", "retinue: put '--collector' behind the command it is for"),
    ("--jsno compare", "retinue: unknown option '--jsno'"),
    ("compare --jsno a b", "retinue compare: unknown option '--jsno', did you mean '--json'?"),
    ("compare -x a b", "retinue compare: unknown option '-x'"),
    ("compare --json=1 a b", "retinue compare: --json takes no value"),
    ("compare", "retinue compare: BEFORE is missing"),
    ("compare a", "retinue compare: AFTER is missing"),
    ("snapshot take a b", "retinue snapshot take: unexpected argument 'b'"),
    ("snapshot take --count", "retinue snapshot take: --count needs a value: --count N"),
    ("snapshot take -n", "retinue snapshot take: -n needs a value: -n N"),
    ("snapshot take --count --json", "retinue snapshot take: --count needs a value: --count N"),
    (
      "snapshot take --count x",
      "retinue snapshot take: --count: 'x' is not a whole number from 1 to 100"
    ),
    ("snapshot take -n 0", "retinue snapshot take: -n: '0' is not a whole number from 1 to 100"),
    ("snapshot take --count 1 -n 2", "retinue snapshot take: -n is given twice"),
    (
      "snapshot take --interval 60",
      "retinue snapshot take: --interval: '60' is not a time such as 250ms, 60s, 5m or 1h30m"
    ),
    (
      "snapshot take --size 1X",
      "retinue snapshot take: --size: '1X' is not a size such as 128KB, 4GiB or 1000"
    ),
    ("snapshot take --growth nan", "retinue snapshot take: --growth: 'nan' is not a number"),
    (
      "snapshot get --format svg",
      "retinue snapshot get: --format: 'svg' is not one of pprof, speedscope"
    ),
    (
      "collector",
      "retinue collector: --listen ADDRESS is missing (or the environment variable RETINUE_LISTEN)"
    ),
    ("help snapshto", "retinue: unknown command 'snapshto', did you mean 'snapshot'?"),
    ("--completions", "retinue: --completions needs one of bash, zsh, fish"),
    ("--completions csh", "retinue: --completions needs one of bash, zsh, fish"),
  ])
  func `a wrong line is refused with a sentence`(_ line: String, sentence: String) {
    expect(refusal(line), equals: sentence)
  }

  @Test func `a wrong variable of the environment is named`() {
    let port = Option.optional("port", .integer, environment: "PORT", help: "A port")
    let program = CommandLineProgram(
      Command("agent", summary: "Watch", options: [port]) { _ in .ok },
      version: "1"
    )

    guard case .refuse(let text) = program.outcome(of: [], environment: { ["PORT": "x"][$0] })
    else {
      Issue.record("not refused")
      return
    }
    #expect(text.hasPrefix("agent: PORT: 'x' is not a whole number\n"))
  }

  @Test func `a refusal shows the usage`() {
    guard case .refuse(let text) = outcome("compare") else {
      Issue.record("not refused")
      return
    }
    expect(
      text,
      equals: """
        retinue compare: BEFORE is missing
        Usage: retinue compare [OPTIONS] BEFORE AFTER…
        Try 'retinue compare --help'.

        """
    )
  }

  @Test(arguments: ["--help", "-h", "help"])
  func `help of the program`(_ line: String) {
    guard case .print(let text) = outcome(line) else {
      Issue.record("no help")
      return
    }
    expect(
      text,
      equals: #"""
        Usage: retinue COMMAND

        Find memory leaks in a fleet of JavaScript processes.

        The collector gathers what agents see, and analyses it; the other commands talk to a
        collector or work on files.

        .A line that begins with a dot, and a \ backslash.

        Commands:
          collector  Collect from agents
          snapshot   Take and read snapshots
          compare    Compare snapshots

        Other options:
          -h, --help               Show this help
              --version            Show the version
              --completions SHELL  Print a completion script (bash, zsh, fish)
              --manual             Print the manual page

        """#
    )
  }

  @Test(arguments: [
    "snapshot take --help", "snapshot take -h", "help snapshot take", "snapshot take x -n 3 -jh",
  ])
  func `help of a command`(_ line: String) {
    guard case .print(let text) = outcome(line) else {
      Issue.record("no help")
      return
    }
    expect(
      text,
      equals: """
        Usage: retinue snapshot take [OPTIONS] [SESSION]

        Take snapshots.

        Arguments:
          SESSION  A name

        Options:
          -c, --collector ADDRESS  Where the collector listens (environment: RETINUE_COLLECTOR)
          -t, --target ID          A process (may be repeated)
          -n, --count N            How many snapshots (default: 3)
              --interval TIME      The time between two (default: 1m)
              --size SIZE          A size
              --growth NUMBER      A number
          -j, --json               Print JSON
          -v, --verbose            Say more

        Other options:
          -h, --help  Show this help

        Examples:
          retinue snapshot take -t 7 -n 3
              Takes three snapshots of one.

        """
    )
  }

  @Test func `the version is one line`() {
    guard case .print(let text) = outcome("--version") else {
      Issue.record("no version")
      return
    }
    expect(text, equals: "retinue 1.2.3\n")
  }

  @Test func `a program without commands is parsed directly`() throws {
    let program = CommandLineProgram(
      Command("retinue-agent", summary: "Watch", options: [Example.listen]) { _ in .ok },
      version: "1"
    )
    guard
      case .run(_, let arguments) = program.outcome(
        of: ["--listen", "a:1"],
        environment: { _ in nil }
      )
    else {
      Issue.record("not run")
      return
    }
    expect(arguments[Example.listen], equals: "a:1")
    // "help" is no command here, and may be an argument.
    guard case .refuse(let text) = program.outcome(of: ["help"], environment: { _ in nil }) else {
      Issue.record("not refused")
      return
    }
    #expect(text.hasPrefix("retinue-agent: --listen ADDRESS is missing"))
  }

  @Test func `a program that does something by itself can hold commands besides`() {
    let program = CommandLineProgram(
      Command(
        "agent",
        summary: "Watch",
        options: [Example.json],
        subcommands: [Command("check", summary: "Say what it would do") { _ in .ok }],
        run: { _ in .ok }
      ),
      version: "1"
    )
    func answer(_ words: String...) -> String {
      switch program.outcome(of: words, environment: { _ in nil }) {
      case .run(let command, _): command.name
      case .print(let text), .refuse(let text): String(text.split(separator: "\n")[0])
      }
    }

    expect(answer(), equals: "agent")
    expect(answer("--json"), equals: "agent")
    expect(answer("check"), equals: "check")
    expect(answer("chek"), equals: "agent: unknown command 'chek', did you mean 'check'?")
    expect(answer("--help"), equals: "Usage: agent [OPTIONS]")
    expect(answer("help", "check"), equals: "Usage: agent check")
    guard case .print(let help) = program.outcome(of: ["--help"], environment: { _ in nil }) else {
      Issue.record("no help")
      return
    }
    #expect(help.contains("check  Say what it would do"))
  }
}
