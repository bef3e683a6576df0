internal import JSONStream
internal import TestSupport
internal import Testing

/// What the program says to words it cannot use, and of itself.
@Suite(.enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"))
struct ArgumentTests {
  @Test(
    arguments: [
      (["targets", "--slector", "a=b"], "did you mean '--selector'?"),
      (["targts"], "did you mean 'targets'?"),
      ([], "say which command"),
      (["targets", "--selector", "colour=red"], "'colour' is not a label"),
      (["targets", "--target", "xyz"], "is not an id"),
      (["targets", "--target", "3fa4", "--selector", "service=a"], "not both"),
      (["gc"], "say which targets"),
      (["snapshot", "take", "--target", "3fa4", "--mark", "action"], "give --series NAME"),
      (
        [
          "snapshot", "take", "-s", "service=a", "--series", "s", "--mark", "action", "--count",
          "3",
        ],
        "--mark takes one step"
      ),
      (["snapshot", "take", "-s", "service=a", "--series", "s", "--count", "1"], "from 2 to 64"),
      (["snapshot", "take", "-s", "service=a", "--action", "true"], "give --series NAME"),
      (["snapshot", "take", "-s", "service=a", "--series", "s", "--interval", "60"], "60s"),
      (["leaks", "--series", "a", "--last", "3"], "not both"),
      (["leaks", "--last", "2"], "from 3 to 64"),
      (["leaks", "--wait", "2m"], "--wait: at most 1 min"),
      (["snapshot", "get", "3fa4", "-o", "-", "--json"], "not both"),
      (["profile", "-s", "service=a", "--taken", "1h", "--depth", "8"], "--taken samples nothing"),
      (["targets", "--collector", "nowhere"], "is not an address"),
      (["targets", "--tls-key", "k"], "needs --tls-roots"),
      (["completions", "csh"], "bash, zsh, fish"),
    ] as [([String], String)]
  )
  func `wrong words are refused with a sentence and exit code 2`(
    words: [String],
    sentence: String
  ) async throws {
    let outcome = try await BuiltProgram.retinue.run(words)

    expect(outcome.status, equals: 2, "\(words)")
    #expect(outcome.errors.contains(sentence), "\(words): \(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func `an address in the environment is checked like one on the command line`() async throws
  {
    let outcome = try await BuiltProgram.retinue.run(
      ["targets"],
      environment: ["RETINUE_COLLECTOR": "nowhere"]
    )

    expect(outcome.status, equals: 2)
    #expect(outcome.errors.contains("RETINUE_COLLECTOR"))
  }

  @Test func `plaintext is not sent to another host`() async throws {
    let outcome = try await BuiltProgram.retinue.run(["targets", "--collector", "192.0.2.1:4000"])

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("without TLS is refused"))
  }

  @Test func `results that cannot be written are a failure`() async throws {
    let outcome = Proof.shell("'\(BuiltProgram.retinue.path ?? "")' version 2>&1 > /dev/full")

    expect(outcome.status, equals: 1)
    #expect(outcome.output.contains("standard output could not be written"))
  }

  @Test func `the version is a line, or JSON`() async throws {
    let text = try await BuiltProgram.retinue.run(["version"])
    let json = try await BuiltProgram.retinue.run(["version", "--json"])

    #expect(text.output.hasPrefix("retinue "))
    try expect(json.json["schemaVersion"]?.int, equals: 1)
    try expect(json.json["protocolMajor"]?.int, equals: 1)
  }

  @Test func `help, completions and manual know every command`() async throws {
    let commands = [
      "up", "collector", "status", "targets", "top", "profile", "gc", "collections", "census",
      "snapshot", "analyze", "leaks", "compare", "completions", "man", "version",
    ]
    let help = try await BuiltProgram.retinue.run(["--help"])
    let manual = try await BuiltProgram.retinue.run(["man"])
    let completions = try await BuiltProgram.retinue.run(["completions", "bash"])

    for command in commands {
      #expect(help.output.contains("\n  \(command) "), "\(command)")
      #expect(manual.output.contains("retinue \(command)"), "\(command)")
      #expect(completions.output.contains("\"retinue \(command)\""), "\(command)")
    }
    #expect(manual.output.hasPrefix(".TH RETINUE 1"))
  }

  private static func isHere(_ shell: String) -> Bool {
    Proof.shell("command -v \(shell)").status == 0
  }

  @Test(
    .enabled(
      if: isHere("bash") && isHere("zsh") && isHere("fish"),
      "bash, zsh or fish is not here"
    ),
    arguments: ["bash", "zsh", "fish"]
  )
  func `completions are accepted by their shell`(shell: String) async throws {
    let completions = try await BuiltProgram.retinue.run(["completions", shell])
    let folder = TemporaryFolder()
    try folder.write("script", Array(completions.output.utf8))

    expect(completions.status, equals: 0)
    let check = Proof.shell(
      "\(shell) -n '\(folder.file("script"))' 2>&1"
    )
    expect(check.status, equals: 0, "\(check.output)")
  }
}
