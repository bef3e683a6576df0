import Foundation
import HeapModel
import Synchronization
import TestSupport
import Testing

/// The built program as a user starts it: guardian, worker, signals and exit codes.
@Suite(.serialized, .enabled(if: BuiltProgram.agent.isBuilt), .timeLimit(.minutes(5)))
struct GuardianProcessTests {
  private let mark = "test-\(UUID().uuidString)"
  private let folder = TemporaryFolder()

  /// The agent as a process of its own.
  private final class RunningAgent: Sendable {
    private let process: Mutex<Process>
    let folder: TemporaryFolder

    init(_ arguments: [String], folder: TemporaryFolder) throws {
      self.folder = folder
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try #require(BuiltProgram.agent.path))
      process.arguments = arguments
      try folder.write("out", [])
      try folder.write("err", [])
      process.standardOutput = try FileHandle(forWritingTo: URL(filePath: folder.file("out")))
      process.standardError = try FileHandle(forWritingTo: URL(filePath: folder.file("err")))
      try process.run()
      self.process = Mutex(process)
    }

    deinit {
      process.withLock { process in
        guard process.isRunning else { return }
        if let worker = Self.child(of: process.processIdentifier) { kill(worker, SIGKILL) }
        kill(process.processIdentifier, SIGKILL)
      }
    }

    var guardian: Int32 { process.withLock { $0.processIdentifier } }
    var worker: Int32? { Self.child(of: guardian) }
    var status: Int32? {
      process.withLock { $0.isRunning ? nil : $0.terminationStatus }
    }

    private static func child(of parent: Int32) -> Int32? {
      let path = "/proc/\(parent)/task/\(parent)/children"
      let text = try? String(contentsOfFile: path, encoding: .utf8)
      return text?.split(separator: " ").first.flatMap { Int32($0) }
    }
  }

  private func start() async throws -> RunningAgent {
    try folder.write("agent.yaml", Array(LiveAgent.onlyMarked(mark).utf8))
    let agent = try RunningAgent(
      [
        "--collector", "unix:" + folder.file("none.sock"), "--spool", folder.file("spool"),
        "--config", folder.file("agent.yaml"),
      ],
      folder: folder
    )
    #expect(try await isEventuallyTrue { folder.text("out").contains("ready") })
    return agent
  }

  private func attached(_ program: LiveProgram) async throws -> Bool {
    try await isEventuallyTrue {
      folder.text("err").contains("msg=attached")
        && folder.text("err")
          .contains("pid=\(program.processID)")
    }
  }

  @Test func `it says in one line that it is ready, and ends well when told to`() async throws {
    let agent = try await start()
    expect(
      folder.text("out"),
      equals: "retinue-agent: ready, collector unix:\(folder.file("none.sock"))\n"
    )
    kill(agent.guardian, SIGTERM)
    try await expect(eventually { agent.status }, equals: 0)
  }

  @Test(arguments: LiveProgram.runtimes, [SIGSTOP, SIGKILL])
  func `a worker that hangs or dies holds up no exit`(
    _ watched: (executable: String, runtime: RuntimeKind),
    _ signal: Int32
  ) async throws {
    let program = try LiveProgram(
      watched.executable,
      watched.runtime,
      script: LiveProgram.server(),
      mark: mark
    )
    let agent = try await start()
    #expect(try await attached(program))
    let worker = try #require(agent.worker)

    kill(worker, signal)
    program.signal(SIGTERM)
    let end = try #require(try await program.timeToEnd(within: .seconds(15)))
    #expect(end < .seconds(5), "took \(end)")
    // And the agent is whole again.
    #expect(
      try await isEventuallyTrue { agent.worker.map { $0 != worker } ?? false },
      "\(folder.text("err"))"
    )
    let next = try LiveProgram(
      watched.executable,
      watched.runtime,
      script: LiveProgram.server(),
      mark: mark
    )
    #expect(try await attached(next), "\(folder.text("err"))")
    expect(folder.text("out").split(separator: "\n").count, equals: 1)
    kill(agent.guardian, SIGTERM)
    try await expect(eventually { agent.status }, equals: 0)
  }

  @Test func `a worker whose guardian is gone ends too`() async throws {
    let agent = try await start()
    let worker = try #require(agent.worker)

    kill(agent.guardian, SIGKILL)
    #expect(try await isEventuallyTrue(within: .seconds(10)) { kill(worker, 0) != 0 })
  }

  @Test func `a guardian is small`() async throws {
    let agent = try await start()
    func size() throws -> Int {
      let text = try String(contentsOfFile: "/proc/\(agent.guardian)/statm", encoding: .utf8)
      return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4_096 }
        ?? 0
    }
    // It gives back what only its start needed.
    #expect(try await isEventuallyTrue { try size() < 10 << 20 })
    kill(agent.guardian, SIGTERM)
    try await expect(eventually { agent.status }, equals: 0)
  }

  @Test func `a second agent on the same spool is refused`() async throws {
    let agent = try await start()
    let second = try await BuiltProgram.agent.run(
      ["--collector", "unix:" + folder.file("none.sock"), "--spool", folder.file("spool")],
      seconds: 10
    )
    expect(second.status, equals: 1)
    #expect(second.errors.contains("another agent uses the spool in \(folder.file("spool"))"))
    kill(agent.guardian, SIGTERM)
    try await expect(eventually { agent.status }, equals: 0)
  }

  @Test(
    arguments: [
      (["--collector", "nonsense"], "nonsense"),
      (["--collector", "example.org:4400"], "example.org"),
      (["--config", "/nonexistent.yaml"], "/nonexistent.yaml"),
      (["--frequency", "3"], "unknown option '--frequency'"),
      (["--collector", "127.0.0.1:1", "--token-file", "/nonexistent"], "/nonexistent"),
    ] as [([String], String)]
  )
  func `what cannot work is refused with a sentence`(
    _ arguments: [String],
    _ word: String
  ) async throws {
    let outcome = try await BuiltProgram.agent.run(
      arguments + ["--spool", folder.file("spool")],
      seconds: 10
    )
    expect(outcome.status, equals: 2, "\(outcome)")
    #expect(outcome.errors.contains(word), "\(outcome)")
  }

  @Test func `a configuration with a mistake is refused with its line`() async throws {
    try folder.write("bad.yaml", Array("metricsInterval: 10s\nmetricsIntervall: 3\n".utf8))
    let outcome = try await BuiltProgram.agent.run(
      ["--config", folder.file("bad.yaml"), "--spool", folder.file("spool")],
      seconds: 10
    )
    expect(outcome.status, equals: 2)
    #expect(outcome.errors.contains("bad.yaml:2"), "\(outcome)")
  }
}
