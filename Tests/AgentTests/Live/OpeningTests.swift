import Agent
import Configuration
import Foundation
import HeapModel
import TestSupport
import Testing

/// SIGUSR1, sent to real programs where a rule asks for it.
@Suite(.serialized, .timeLimit(.minutes(5))) struct OpeningTests {
  private let mark = "test-\(UUID().uuidString)"
  private static let runtimes = LiveProgram.runtimes.filter { $0.runtime != .bun }

  /// A program without an inspector, whose port would be one that no other test uses.
  private func program(
    _ executable: String,
    _ runtime: RuntimeKind,
    handler: String = ""
  ) throws -> LiveProgram {
    let isNode = runtime == .node
    let port = UInt16.random(in: 20_000...29_999)
    return try LiveProgram(
      executable,
      runtime,
      script: LiveProgram.server() + handler,
      mark: mark,
      hasInspector: false,
      environment: isNode ? ["NODE_OPTIONS": "--inspect-port=127.0.0.1:\(port)"] : [:]
    )
  }

  private func agent(
    _ collector: ScriptedCollector,
    _ spool: TemporaryFolder,
    opens: Bool = true
  ) async throws -> LiveAgent {
    try await LiveAgent(collector: collector.address, mark: mark, spool: spool) { configuration in
      configuration.rules[0].outcome =
        opens ? .watch(ProcessRule.Treatment(opensInspector: true)) : .ignore
    }
  }

  private func found(_ program: LiveProgram, isListening: Bool) -> DiscoveredProcess? {
    var scanner = ProcessScanner()
    return scanner.scan(ProcFileSystem()).first { process in
      guard process.facts.processID == program.processID else { return false }
      if case .at = process.location { return isListening }
      return !isListening
    }
  }

  private func isListening(_ program: LiveProgram) -> Bool {
    found(program, isListening: true) != nil
  }

  @Test(.enabled(if: !runtimes.isEmpty, "Node and Deno are absent"), arguments: runtimes)
  func `an inspector is opened, used, and closed again`(
    _ executable: String,
    _ runtime: RuntimeKind
  ) async throws {
    let collector = try ScriptedCollector()
    let spool = TemporaryFolder()
    let program = try program(executable, runtime)
    try #require(try await program.wrote("READY"), "\(program.log)")

    let agent = try await agent(collector, spool)
    let target = try #require(
      try await eventually { collector.target(program.processID, .attached) },
      "\(collector.targets) \(agent.log) \(program.log)"
    )
    #expect(try await isEventuallyTrue { !collector.readings(of: target.id).isEmpty })
    expect(spool.text(".inspectors"), equals: "\(target.id) open\n")
    try await agent.stop()
    #expect(!isListening(program), "\(program.log)")
    expect(spool.text(".inspectors"), equals: "")
    program.signal(SIGTERM)
    _ = try await program.timeToEnd(within: .seconds(5))
    expect(program.exitStatus, equals: 0)
    await collector.stop()
  }

  @Test(
    .enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"),
    arguments: Runtimes.nodes.suffix(1)
  )
  func `what a worker that was killed had opened is closed by the next`(
    _ executable: String
  ) async throws {
    let collector = try ScriptedCollector()
    let spool = TemporaryFolder()
    let program = try program(executable, .node)
    try #require(try await program.wrote("READY"), "\(program.log)")
    program.signal(SIGUSR1)
    let host = Agent.Host.current()
    let found = try #require(try await eventually { self.found(program, isListening: true) })
    let id = TargetID(bootID: host.bootID, process: found.facts)
    try spool.write(".inspectors", Array("\(id) open\n".utf8))

    // And no rule asks for it any more.
    let agent = try await agent(collector, spool, opens: false)
    #expect(try await isEventuallyTrue { !isListening(program) }, "\(agent.log) \(program.log)")
    #expect(try await isEventuallyTrue { spool.text(".inspectors") == "" })
    #expect(program.exitStatus == nil)
    try await agent.stop()
    await collector.stop()
  }

  @Test(
    .enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"),
    arguments: Runtimes.nodes.suffix(1)
  )
  func `a program that takes the signal for itself hears it once`(
    _ executable: String
  ) async throws {
    let collector = try ScriptedCollector()
    let spool = TemporaryFolder()
    let program = try program(
      executable,
      .node,
      handler: "\nprocess.on('SIGUSR1', () => console.log('HEARD'))\n"
    )
    try #require(try await program.wrote("READY"), "\(program.log)")

    let agent = try await agent(collector, spool)
    let target = try await eventually {
      collector.targets.first { $0.stateDetail.contains("takes that signal for itself") }
    }
    expect(target?.state, equals: .noInspector, "\(collector.targets) \(agent.log)")
    try await Task.sleep(for: .milliseconds(500))
    expect(program.log.components(separatedBy: "HEARD").count, equals: 2)
    try await agent.stop()
    await collector.stop()
  }
}
