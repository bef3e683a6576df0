internal import Collector
internal import CommandLineArguments
internal import Configuration
internal import GRPCTransport
internal import Log

/// `retinue collector`: takes what agents ship, analyses it and answers queries, until SIGTERM.
enum CollectorCommand {
  private static let listen = Option.optional(
    "listen",
    ValueKind<ListenAddress>(
      placeholder: "ADDRESS",
      meaning: "an address: host:port or unix:PATH",
      show: { $0.description }
    ) { try? ListenAddress($0) },
    help: "where it listens; else this host's own socket"
  )
  private static let data = Option.optional(
    "data",
    .folder,
    help: "the folder of its store; else this host's own"
  )
  private static let certificate = Option.optional(
    "tls-certificate",
    .file,
    help: "its certificate and chain (PEM): needed to listen where other hosts reach it"
  )
  private static let key = Option.optional(
    "tls-key",
    .file,
    help: "its private key (PEM)"
  )
  private static let clientRoots = Option.optional(
    "tls-client-roots",
    .file,
    help: "the certificates that agents' and people's own are checked against (PEM)"
  )
  private static let maximumAgents = Option.defaulted(
    "max-agents",
    .integer(in: 1...100_000),
    to: 1_000,
    help: "agents it must hold connections for; too few descriptors for them end it at the start"
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
    .choice("FORMAT"),
    to: LogFormat.logfmt,
    help: "how it is written there"
  )
  private static let analysisMemory = Option.optional(
    "analysis-memory",
    .byteSize,
    help: "memory for heaps that are analysed; else half of what the machine has"
  )

  static let command = Command(
    "collector",
    summary: "Run the collector: takes what agents ship, analyses it, answers queries",
    discussion: """
      Listens in plaintext only on loopback or a Unix socket; any other address needs the three \
      --tls options. Prints one line with its address when it serves. It survives being killed at \
      any moment, and goes on from its store.
      """,
    options: [
      listen, data, certificate, key, clientRoots, maximumAgents, analysisMemory, logLevel,
      logFormat,
    ],
    examples: [
      Command.Example("retinue collector", "for the agents of this host"),
      Command.Example(
        "retinue collector --listen 0.0.0.0:7700 --data /srv/retinue "
          + "--tls-certificate c.pem --tls-key k.pem --tls-client-roots ca.pem",
        "for a fleet"
      ),
    ]
  ) { arguments in
    var configuration = CollectorConfiguration(
      listen: try arguments[listen] ?? ListenAddress(Places.current.collectorAddress),
      dataFolder: arguments[data] ?? Places.current.dataFolder
    )
    configuration.tls = try tls(arguments)
    configuration.maximumAgents = arguments[maximumAgents]
    configuration.analysisMemory = arguments[analysisMemory].map { UInt64(clamping: $0) }
    configuration.tokenFolder = Places.current.runtimeFolder
    Folders.make(Places.current.runtimeFolder)
    configuration.version = RetinueProgram.version
    let log = Logger(level: arguments[logLevel], format: arguments[logFormat])
    do {
      try await CollectorServer.run(configuration, log: log) { address in
        Output.standard("retinue collector is listening on \(address)\n")
      } until: {
        await StopSignal.wait()
      }
    } catch let error as CollectorServer.StartError where error.isUsage {
      throw UsageError(error.description)
    } catch {
      Output.error("retinue collector: \(error)\n")
      return .failed
    }
    return .ok
  }

  private static func tls(_ arguments: ParsedArguments) throws -> CollectorConfiguration.TLS? {
    let given = [arguments[certificate], arguments[key], arguments[clientRoots]]
    guard given.contains(where: { $0 != nil }) else { return nil }
    guard let chain = given[0], let key = given[1], let roots = given[2] else {
      throw UsageError(
        "--tls-certificate, --tls-key and --tls-client-roots are needed together"
      )
    }
    return CollectorConfiguration.TLS(
      identity: PEMIdentity(
        certificateChain: try TextFile.read(chain),
        privateKey: try TextFile.read(key)
      ),
      clientRoots: try TextFile.read(roots)
    )
  }
}
