internal import Glibc
internal import TestSupport
internal import Testing

/// `retinue up`: collector and agent as its children.
@Suite(
  .enabled(
    if: BuiltProgram.retinue.isBuilt && BuiltProgram.agent.isBuilt,
    "the programs are not built"
  )
)
struct UpCommandTests {
  private let folder = TemporaryFolder()

  @Test func `both run until it is asked to end, and then neither`() async throws {
    let up = try start(rules: "rules:\n  - match: {commandLine: '*'}\n    ignore: true\n")

    #expect(await up.waitUntilSays("Ctrl-C ends both"), "\(up.errors)")
    #expect(up.output.contains("Data is kept in \(folder.file("data"))"))
    #expect(up.output.contains("export RETINUE_COLLECTOR=\(address)"))
    let targets = try await BuiltProgram.retinue.run(
      ["targets", "--json"],
      environment: ["RETINUE_COLLECTOR": address]
    )
    expect(targets.output, equals: "[]\n", "\(targets.errors)")
    #expect(programsLeft.contains("retinue-agent"))

    up.signal(SIGTERM)
    await expect(up.waitForEnd(), equals: 0, "\(up.errors)")
    #expect(programsLeft.isEmpty)
  }

  @Test func `an agent that does not start takes the collector with it`() async throws {
    let up = try start(rules: "rules: 7\n")

    await expect(up.waitForEnd(), equals: 1)
    #expect(up.errors.contains("agent.yaml:1"), "\(up.errors)")
    #expect(up.errors.contains("the agent ended with code 2"))
    #expect(programsLeft.isEmpty)
  }

  @Test func `an agent that is killed ends the whole, and that is said`() async throws {
    let up = try start(rules: "rules:\n  - match: {commandLine: '*'}\n    ignore: true\n")
    #expect(await up.waitUntilSays("Ctrl-C ends both"), "\(up.errors)")

    let agent = Proof.shell("pgrep -o -f 'retinue-agent.*\(folder.path)'").output
    kill(pid_t(agent.filter(\.isNumber)) ?? 0, SIGKILL)

    await expect(up.waitForEnd(), equals: 1)
    #expect(up.errors.contains("the agent has ended"), "\(up.errors)")
    // The agent's worker sees that its guardian is gone, and ends by itself.
    #expect(await isGone(seconds: 10))
  }

  // MARK: - Support

  private var address: String { "unix:\(folder.path)/s/socket" }

  private func start(rules: String) throws -> RunningProgram {
    try folder.write("agent.yaml", Array(rules.utf8))
    return try RunningProgram(
      .retinue,
      [
        "up", "--listen", address, "--data", folder.file("data"), "--spool", folder.file("spool"),
        "--config", folder.file("agent.yaml"),
      ],
      environment: ["HOME": folder.path]
    )
  }

  /// Our own programs that still run with a path in this test's folder.
  private var programsLeft: String {
    Proof.shell("pgrep -a -f '(retinue|agent) .*\(folder.path)' | grep -v pgrep").output
  }

  private func isGone(seconds: Int) async -> Bool {
    for _ in 0..<seconds * 10 {
      if programsLeft.isEmpty { return true }
      try? await Task.sleep(for: .milliseconds(100))
    }
    return false
  }
}
