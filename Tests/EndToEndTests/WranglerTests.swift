internal import FoundationEssentials
internal import Glibc
internal import JSONStream
internal import TestSupport
internal import Testing

/// `wrangler dev` with a worker, watched by `retinue up` and asked by the command line.
@Suite(
  .enabled(
    if: BuiltProgram.retinue.isBuilt && BuiltProgram.agent.isBuilt,
    "the programs are not built"
  ),
  .enabled(if: Runtimes.wrangler != nil && Runtimes.node24 != nil, "wrangler or Node 24 is absent")
)
struct WranglerTests {
  private let folder = TemporaryFolder()
  private let mark = "wrangler-\(getpid())"
  private var address: String { "unix:\(folder.path)/s/socket" }

  private static let worker = """
    class KeptItem { constructor(number) { this.number = number; } }
    globalThis.kept = Array.from({ length: 500 }, (_, number) => new KeptItem(number));
    export default { async fetch() { return new Response("ok"); } };
    """

  @Test func `a worker is found behind the proxy, sampled and captured, and is left as it was`()
    async throws
  {
    let wrangler = try startWrangler()
    let up = try startUp()
    #expect(await up.waitUntilSays("Ctrl-C ends both"), "\(up.errors)")

    let target = try #require(try await visitedTarget(), "\(wrangler.output)\(up.errors)")
    expect(target["runtime"]?.string, equals: "workerd")
    let id = try #require(target["id"]?.string)
    let sampled = try await ask("profile", "--target", id, "--duration", "500ms")
    expect(sampled?["targets"]?[0]?["state"]?.string, equals: "done")
    let taken = try await ask("snapshot", "take", "--target", id)?["targets"]?[0]
    expect(taken?["state"]?.string, equals: "complete", "\(String(describing: taken))")

    let snapshot = try #require(taken?["snapshotID"]?.string)
    let classes = try await ask("analyze", snapshot)?["classes"]?.array ?? []
    let kept = classes.first { $0["name"]?.string == "KeptItem" }
    // V8 counts the prototype too.
    #expect([500, 501].contains(kept?["count"]?.int ?? 0), "\(classes.count) classes")

    wrangler.signal(SIGTERM)
    #expect(await wrangler.waitForEnd(seconds: 15) != nil)
    up.signal(SIGTERM)
    await expect(up.waitForEnd(), equals: 0, "\(up.errors)")
  }

  // MARK: - Support

  private func startWrangler() throws -> RunningProgram {
    try folder.write("worker.mjs", Array(Self.worker.utf8))
    let settings = #"{"name":"kept","main":"worker.mjs","compatibility_date":"2026-08-01"}"#
    try folder.write("wrangler.json", Array(settings.utf8))
    let script = try #require(Runtimes.wrangler)
    let node = try #require(Runtimes.node24)
    // Ends with all that it started, also where this test ends early.
    return try RunningProgram(
      path: "/usr/bin/timeout",
      [
        "-k", "5", "90", node, script, "dev", "--local", "--cwd", folder.path,
        "--ip", "127.0.0.1", "--port", "\(freePort())", "--inspector-port", "\(freePort())",
        "--show-interactive-dev-session=false",
      ],
      environment: [
        "HOME": folder.path, "CI": "1", "NO_COLOR": "1", "WRANGLER_SEND_METRICS": "false",
        "CLOUDFLARE_CF_FETCH_ENABLED": "false", "RETINUE_ENVIRONMENT": mark,
      ]
    )
  }

  private func startUp() throws -> RunningProgram {
    let rules = """
      metricsInterval: 1s
      rules:
        - match: {environment: {RETINUE_ENVIRONMENT: \(mark)}}
          set: {environment: \(mark)}
        - match: {commandLine: '*'}
          ignore: true
      """
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

  /// What a command of the client answers in JSON; nil where it failed.
  private func ask(_ words: String...) async throws -> JSONValue? {
    let outcome = try await BuiltProgram.retinue.run(
      words + ["--json"],
      environment: ["RETINUE_COLLECTOR": address]
    )
    #expect(outcome.status == 0, "\(words): \(outcome.errors)")
    return outcome.status == 0 ? try JSONValue(parsing: outcome.output, limits: .large) : nil
  }

  private func visitedTarget() async throws -> JSONValue? {
    for _ in 0..<300 {
      let visited = try await ask("targets")?.array?.first { $0["state"]?.string == "visiting" }
      if let visited { return visited }
      try await Task.sleep(for: .milliseconds(100))
    }
    return nil
  }
}
