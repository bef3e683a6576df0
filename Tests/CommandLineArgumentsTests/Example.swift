import CommandLineArguments

/// A program with everything that can be described.
enum Example {
  enum Format: String, CaseIterable, Sendable {
    case pprof, speedscope
  }

  static let collector = Option.optional(
    "collector",
    short: "c",
    .text.named("ADDRESS"),
    environment: "RETINUE_COLLECTOR",
    help: "Where the collector listens"
  )
  static let count = Option.defaulted(
    "count",
    short: "n",
    .integer(in: 1...100),
    to: 3,
    help: "How many snapshots"
  )
  static let interval = Option.defaulted(
    "interval",
    .duration,
    to: .seconds(60),
    help: "The time between two"
  )
  static let size = Option.optional("size", .byteSize, help: "A size")
  static let growth = Option.optional("growth", .number, help: "A number")
  static let targets = Option.repeated("target", short: "t", .text.named("ID"), help: "A process")
  static let json = Option.flag("json", short: "j", help: "Print JSON")
  static let verbose = Option.flag("verbose", short: "v", help: "Say more")
  static let listen = Option.required(
    "listen",
    .text.named("ADDRESS"),
    environment: "RETINUE_LISTEN",
    help: "Where to listen"
  )
  static let format = Option.optional(
    "format",
    ValueKind<Format>.choice("FORMAT"),
    help: "The profile's format"
  )
  static let output = Option.optional("output", short: "o", .file, help: "Where to write")
  static let data = Option.optional("data", .folder, help: "Where [all] data: 'live'")

  static let before = Argument.required(.file.named("BEFORE"), help: "The first snapshot")
  static let others = Argument.variadic(.file.named("AFTER"), atLeast: 1, help: "Later snapshots")
  static let session = Argument.optional(.text.named("SESSION"), help: "A name")

  static let program = Command(
    "retinue",
    summary: "Find memory leaks in a fleet of JavaScript processes",
    discussion: """
      The collector gathers what agents see, and analyses it; the other commands
      talk to a collector or work on files.

      .A line that begins with a dot, and a \\ backslash.
      """,
    subcommands: [
      Command(
        "collector",
        summary: "Collect from agents",
        options: [listen, data, verbose]
      ) { _ in .ok },
      Command(
        "snapshot",
        summary: "Take and read snapshots",
        subcommands: [
          Command(
            "take",
            summary: "Take snapshots",
            options: [collector, targets, count, interval, size, growth, json, verbose],
            arguments: [session],
            examples: [
              Command.Example("retinue snapshot take -t 7 -n 3", "Takes three snapshots of one.")
            ]
          ) { _ in .ok },
          Command(
            "get",
            summary: "Write a snapshot to a file",
            options: [collector, format, output]
          ) { _ in .ok },
        ]
      ),
      Command(
        "compare",
        summary: "Compare snapshots",
        options: [json],
        arguments: [before, others]
      ) { _ in .finding },
    ]
  )
}
