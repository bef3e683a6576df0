internal import CommandLineArguments
internal import Configuration
internal import GRPCTransport

/// `retinue up`: collector and agent for the processes of this host, until Ctrl-C.
enum UpCommand {
  private static let listen = Option.optional(
    "listen",
    ValueKind<String>(placeholder: "ADDRESS", meaning: "an address: host:port or unix:PATH") {
      (try? ListenAddress($0)) == nil ? nil : $0
    },
    environment: "RETINUE_COLLECTOR",
    help: "the collector's address; else this host's own socket"
  )
  private static let data = Option.optional(
    "data",
    .folder,
    help: "the folder of the collector's store; else this host's own"
  )
  private static let spool = Option.optional(
    "spool",
    .folder,
    help: "the folder of the agent's spool; else this host's own"
  )
  private static let config = Option.optional(
    "config",
    .file,
    help: "the agent's configuration: targets and rules (YAML)"
  )

  static let command = Command(
    "up",
    summary: "Watch the processes of this host: starts a collector and an agent",
    discussion: """
      Both run until Ctrl-C. What they collect is kept, and said where; the next 'retinue up' goes \
      on from there.
      """,
    options: [listen, data, spool, config]
  ) { arguments in
    let address = arguments[listen] ?? Places.current.collectorAddress
    let dataFolder = arguments[data] ?? Places.current.dataFolder
    let spoolFolder = arguments[spool] ?? Places.current.spoolFolder
    let agentPath = try ProgramFiles.agent()
    // From the beginning, since our children hear nothing of a Ctrl-C.
    let asked = Task { await StopSignal.wait() }
    defer { asked.cancel() }

    let collector = try ChildProcess(
      "the collector",
      path: ProgramFiles.retinue,
      arguments: ["collector", "--listen", address, "--data", dataFolder]
    )
    guard let ready = await collector.firstLine(within: .seconds(30), unless: asked) else {
      return await gone(collector)
    }
    var agentArguments = ["--collector", address, "--spool", spoolFolder]
    // Read only where the address is one of loopback TCP.
    agentArguments += ["--token-file", Places.tokenFile(inDataFolder: dataFolder)]
    if let file = arguments[config] { agentArguments += ["--config", file] }
    let agent: ChildProcess
    do {
      agent = try ChildProcess("the agent", path: agentPath, arguments: agentArguments)
    } catch {
      await collector.stop(within: .seconds(15))
      throw error
    }
    guard await agent.firstLine(within: .seconds(30), unless: asked) != nil else {
      let code = await gone(agent)
      await collector.stop(within: .seconds(15))
      return code
    }
    printReady(ready, address: address, dataFolder: dataFolder)
    return await run(collector, agent, until: asked)
  }

  private static func printReady(_ ready: String, address: String, dataFolder: String) {
    var lines = [ready, "Data is kept in \(dataFolder)"]
    if address != Places.current.collectorAddress {
      lines.append("In another terminal: export RETINUE_COLLECTOR=\(address)")
    }
    lines.append("Then: retinue targets, retinue top, retinue snapshot take … Ctrl-C ends both.")
    printLines(lines)
  }

  private enum Event {
    case asked
    case ended(ChildProcess)
  }

  /// Waits until somebody asks us to end, or one of the two ends; then ends the rest, the agent
  /// first, so that it lets go of its targets and hands over what it has.
  private static func run(
    _ collector: ChildProcess,
    _ agent: ChildProcess,
    until asked: Task<Void, Never>
  ) async -> ExitCode {
    let event = await withTaskGroup(of: Event.self) { group in
      group.addTask {
        await withTaskCancellationHandler {
          await asked.value
        } onCancel: {
          asked.cancel()
        }
        return .asked
      }
      for child in [collector, agent] {
        group.addTask {
          _ = await child.exitCode()
          return .ended(child)
        }
      }
      let first = await group.next() ?? .asked
      if case .ended(let child) = first {
        Output.error("retinue: \(child.name) has ended; ending the other\n")
      }
      await agent.stop(within: .seconds(10))
      await collector.stop(within: .seconds(20))
      group.cancelAll()
      return first
    }
    guard case .ended(let child) = event else { return .ok }
    return await gone(child)
  }

  private static func gone(_ child: ChildProcess) async -> ExitCode {
    let code = await child.exitCode()
    guard !child.wasCalledOff else { return .ok }
    Output.error("retinue: \(child.name) ended with code \(code)\n")
    return .failed
  }
}
