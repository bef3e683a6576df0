internal import Agent
internal import CommandLineArguments
internal import Configuration
internal import Glibc
internal import Log

/// The program `retinue-agent`: a guardian, which starts this same program again as its worker.
///
/// Nothing here waits in a task on the main thread: the guardian is one plain loop, and the worker's
/// main thread takes signals.
enum AgentProgram {
  static let version = "0.1.0"

  private static let collector = Option.optional(
    "collector",
    ValueKind<String>(placeholder: "ADDRESS", meaning: "an address: host:port or unix:PATH") { $0 },
    environment: "RETINUE_COLLECTOR",
    help: "the collector: host:port or unix:PATH; else the configuration's, or this host's own"
  )
  private static let spool = Option.optional(
    "spool",
    .folder,
    help: "the folder where what the collector does not have yet is kept; else this host's own"
  )
  static let configuration = Option.optional(
    "config",
    .file,
    help: "the configuration: labels, rules, targets, limits (YAML)"
  )
  private static let tokenFile = Option.optional(
    "token-file",
    .file,
    environment: "RETINUE_TOKEN_FILE",
    help: "the token of a collector on loopback TCP; else the one in this host's data folder"
  )
  private static let logLevel = Option.defaulted(
    "log-level",
    ValueKind<LogLevel>(
      placeholder: "LEVEL",
      meaning: "debug, info, warning or error",
      show: { $0.name }
    ) { LogLevel(name: $0) },
    to: .info,
    help: "what is written to standard error"
  )
  private static let logFormat = Option.defaulted(
    "log-format",
    ValueKind<LogFormat>(
      placeholder: "FORMAT",
      meaning: "logfmt or json",
      show: { $0.rawValue }
    ) { LogFormat(rawValue: $0) },
    to: .logfmt,
    help: "how it is written"
  )

  /// The word by which the guardian starts its worker; people do not use it.
  private static let workerWord = "worker"

  private static let program = CommandLineProgram(
    Command(
      "retinue-agent",
      summary: "Watch the JavaScript processes of this host for a Retinue collector",
      discussion: """
        Finds JavaScript processes, stays connected to their inspectors, and ships heap metrics; \
        profiles and heap snapshots when the collector asks for them. What the collector does not \
        have yet is kept in the spool. Runs until SIGTERM or Ctrl-C, and lets go of every process \
        before it ends. Exit codes: 0 ok, 1 failed, 2 usage.
        """,
      options: [collector, spool, configuration, tokenFile, logLevel, logFormat],
      examples: [
        Command.Example("retinue-agent", "for this host's own collector"),
        Command.Example(
          "retinue-agent --collector unix:/run/retinue/collector.socket --config agent.yaml",
          "with rules for labels"
        ),
      ],
      subcommands: [CheckCommand.command],
      run: work
    ),
    version: version
  )

  static func main() -> Never {
    // A reader of our output or a peer that goes away must not end us.
    signal(SIGPIPE, SIG_IGN)
    let words = Array(CommandLine.arguments.dropFirst())
    let isWorker = words.first == workerWord
    let outcome = program.outcome(of: isWorker ? Array(words.dropFirst()) : words) { name in
      getenv(name).map { String(cString: $0) }
    }
    switch outcome {
    case .print(let text):
      Output.standard(text)
      exit(0)
    case .refuse(let text):
      Output.error(text)
      exit(ExitCode.usage.rawValue)
    case .run(let command, let arguments) where command.name == CheckCommand.name:
      check(arguments)
    case .run(_, let arguments):
      isWorker ? beWorker(arguments) : beGuardian(words, arguments)
    }
  }

  private static func check(_ arguments: ParsedArguments) -> Never {
    do {
      exit(try CheckCommand.run(arguments).rawValue)
    } catch {
      Output.error("retinue-agent: \(error)\n")
      exit(ExitCode.usage.rawValue)
    }
  }

  // MARK: Guardian

  private static func beGuardian(_ words: [String], _ arguments: ParsedArguments) -> Never {
    let name = CommandLine.arguments.first ?? "retinue-agent"
    var guardian = Guardian(arguments: [name, workerWord] + words, log: logger(arguments))
    exit(guardian.run())
  }

  // MARK: Worker

  private static let stop = Signal()

  private static func beWorker(_ arguments: ParsedArguments) -> Never {
    // Blocked before any thread is made, so that all threads leave them to this one.
    let signals = AwaitedSignals([SIGTERM, SIGINT])
    Task.detached {
      let code: ExitCode
      do {
        code = try await work(arguments)
      } catch {
        Output.error("retinue-agent: \(error)\n")
        code = error is UsageError ? .usage : .failed
      }
      // The gRPC core's threads run on; ending without their destructors is what it wants.
      fflush(nil)
      _exit(code.rawValue)
    }
    while true {
      signals.wait()
      stop.raise()
    }
  }

  @Sendable private static func work(_ arguments: ParsedArguments) async throws -> ExitCode {
    let settings = try settings(arguments)
    let lifeline = Lifeline()
    let worker = Worker(settings: settings, log: logger(arguments), lifeline: lifeline)
    do {
      try await worker.run(until: stop) {
        guard !Guardian.hasStartedWorkerBefore else { return }
        Output.standard("retinue-agent: ready, collector \(settings.collector)\n")
      }
      return .ok
    } catch {
      guard error.isUsage else { throw error }
      throw UsageError(error.description)
    }
  }

  /// What the file says that was given; without one everything has a default.
  static func configuration(
    _ arguments: ParsedArguments
  ) throws(UsageError) -> AgentConfiguration {
    guard let file = arguments[Self.configuration] else { return AgentConfiguration() }
    do throws(ConfigurationError) {
      return try AgentConfiguration(contentsOf: file)
    } catch {
      throw UsageError("\(error)")
    }
  }

  private static func settings(_ arguments: ParsedArguments) throws -> AgentSettings {
    let configuration = try configuration(arguments)
    let places = Places.current
    return AgentSettings(
      version: version,
      collector: arguments[collector] ?? configuration.collector ?? places.collectorAddress,
      spoolFolder: arguments[spool] ?? configuration.spool.folder ?? places.spoolFolder,
      configuration: configuration,
      tokenFile: arguments[tokenFile]
    )
  }

  private static func logger(_ arguments: ParsedArguments) -> Logger {
    Logger(level: arguments[logLevel], format: arguments[logFormat])
  }
}
