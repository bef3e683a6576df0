internal import Glibc
internal import JSONStream
internal import TestSupport
internal import Testing

/// `retinue collector` as a process, and commands that ask it.
@Suite(.enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"))
struct CollectorCommandTests {
  @Test func `it says its address, answers, and ends cleanly at SIGTERM`() async throws {
    let folder = TemporaryFolder()
    let address = "unix:\(folder.path)/socket"
    let collector = try start(folder, "--listen", address)

    #expect(await collector.waitUntilSays(address))
    expect(collector.output.split(separator: "\n").count, equals: 1)
    let status = try await ask(["status", "--json", "--collector", address], folder)
    expect(status.status, equals: 0, "\(status.errors)")
    try expect(status.json["schemaVersion"]?.int, equals: 1)
    try expect(status.json["agents"]?.int, equals: 0)
    let targets = try await ask(["targets", "--json", "--collector", address], folder)
    expect(targets.output, equals: "[]\n")
    collector.signal(SIGTERM)
    await expect(collector.waitForEnd(), equals: 0, "\(collector.errors)")
  }

  @Test func `on loopback its token is found by the address, and nobody else is let in`()
    async throws
  {
    let folder = TemporaryFolder()
    let collector = try start(folder, "--listen", "127.0.0.1:0")
    #expect(await collector.waitUntilSays("127.0.0.1:"))
    let line = collector.output.split(separator: "\n").first ?? ""
    let address = String(line.split(separator: " ").last ?? "")

    let ours = try await ask(["status", "--json", "--collector", address], folder)
    expect(ours.status, equals: 0, "\(ours.errors)")
    let stranger = TemporaryFolder()
    // Root has one set of folders, whatever the environment says; another user has others.
    if geteuid() != 0 {
      let theirs = try await ask(["status", "--collector", address], stranger)
      expect(theirs.status, equals: 1)
      #expect(theirs.errors.contains("does not let us in"))
    }
    try stranger.write("token", Array("0000".utf8))
    let wrong = try await ask(
      ["status", "--collector", address, "--token-file", stranger.file("token")],
      stranger
    )
    expect(wrong.status, equals: 1)
    #expect(wrong.errors.contains("does not let us in"))

    collector.signal(SIGTERM)
    await expect(collector.waitForEnd(), equals: 0)
  }

  @Test func `a second one on the same folder does not start`() async throws {
    let folder = TemporaryFolder()
    let first = try start(folder, "--listen", "unix:\(folder.path)/first")
    #expect(await first.waitUntilSays("unix:"))
    let second = try start(folder, "--listen", "unix:\(folder.path)/second")

    await expect(second.waitForEnd(), equals: 1)
    #expect(second.errors.contains(folder.file("data")), "\(second.errors)")
    first.signal(SIGTERM)
    await expect(first.waitForEnd(), equals: 0)
  }

  @Test func `plaintext for others is refused with what to do`() async throws {
    let folder = TemporaryFolder()
    let collector = try start(folder, "--listen", "0.0.0.0:0")

    await expect(collector.waitForEnd(), equals: 2)
    #expect(collector.errors.contains("without TLS is refused"))
    #expect(collector.output.isEmpty)
  }

  @Test(
    arguments: [
      (["--tls-key", "k"], "are needed together"), (["--listen", "nowhere"], "is not an address"),
      (["--max-agents", "0"], "from 1 to"), (["--log-level", "loud"], "debug, info"),
    ] as [([String], String)]
  )
  func `wrong words are refused`(words: [String], sentence: String) async throws {
    let outcome = try await BuiltProgram.retinue.run(["collector"] + words)

    expect(outcome.status, equals: 2)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }

  // MARK: - Support

  /// Folders of its own, so that neither the host's nor a developer's collector is touched.
  private func environment(_ folder: TemporaryFolder) -> [String: String] {
    ["HOME": folder.path, "XDG_RUNTIME_DIR": folder.path, "XDG_STATE_HOME": folder.path]
  }

  private func start(_ folder: TemporaryFolder, _ words: String...) throws -> RunningProgram {
    try RunningProgram(
      .retinue,
      ["collector", "--data", folder.file("data")] + words,
      environment: environment(folder)
    )
  }

  private func ask(
    _ words: [String],
    _ folder: TemporaryFolder
  ) async throws -> BuiltProgram.Outcome {
    try await BuiltProgram.retinue.run(words, environment: environment(folder))
  }
}
