internal import FleetProtocol
internal import GRPCTransport
internal import HeapModel
internal import JSONStream
internal import TestSupport
internal import Testing

/// `retinue profile`, as built, against a scripted collector.
@Suite(.enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"))
struct ProfileCommandTests {
  private typealias Queries = FleetMethods.Queries

  @Test func `sites are functions, the largest first, with what calls them`() async throws {
    let outcome = try await run("--json")

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    let json = try outcome.json
    expect(json["totalSize"]?.int, equals: 1_000)
    expect(json["intervalBytes"]?.int, equals: 131_072)
    expect(json["mergedTargets"]?.int, equals: 1)
    expect(json["leftOutTargets"]?.int, equals: 2)
    expect(json["measure"]?.string, equals: "alive")
    let top = json["sites"]?[0]
    expect(top?["function"]?.string, equals: "plantedAllocator")
    expect(top?["selfSize"]?.int, equals: 900)
    expect(top?["share"]?.double, equals: 0.9)
    expect(top?["line"]?.int, equals: 12)
    expect(top?["callers"]?[0]?["function"]?.string, equals: "handle")
    expect(json["sites"]?.array?.count, equals: 2)
    let targets = json["targets"]?.array ?? []
    expect(targets.compactMap { $0["state"]?.string }, equals: ["done", "refused"])
    expect(targets.last?["reason"]?.string, equals: "Bun has no sampling heap profiler")
  }

  @Test func `the table says who was left out and why`() async throws {
    let outcome = try await run()

    expect(outcome.status, equals: 0)
    #expect(outcome.output.contains("plantedAllocator (server.js:12)"))
    #expect(outcome.output.contains("handle (server.js:3)"))
    #expect(outcome.errors.contains("refused: Bun has no sampling heap profiler"))
    #expect(outcome.output.contains("Note: 2 targets tell only what was allocated"))
  }

  @Test func `what was sampled already is merged without sampling`() async throws {
    let profile = profile
    let outcome = try await ScriptedCollector.run(
      ["profile", "--selector", "service=checkout", "--taken", "1h", "--json"]
    ) { script in
      script.stream(Queries.readProfile) { request in
        guard request.profileIDs.isEmpty, request.since > 0 else {
          throw RPCError(.invalidArgument, "other profiles: \(request)")
        }
        return profile.parts().map { ProfileReply(part: $0, mergedTargets: 3) }
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    try expect(outcome.json["mergedTargets"]?.int, equals: 3)
    try expect(outcome.json["targets"]?.array?.count, equals: 0)
  }

  @Test func `a profile of all that was allocated says so`() async throws {
    var profile = profile
    profile.measure = .allocated
    let outcome = try await run(profile: profile)

    #expect(outcome.output.contains("allocated by 1 target, alive or not"))
    #expect(outcome.output.contains("ALLOCATED"))
  }

  @Test(
    arguments: [
      ("heapprofile", "\"head\""), ("speedscope", "speedscope.app"), ("pprof", "\u{1F}"),
    ]
  )
  func `a file is written for another tool`(format: String, content: String) async throws {
    let folder = TemporaryFolder()
    let outcome = try await run("--format", format, "-o", folder.file("out"))

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    #expect(folder.text("out").contains(content))
    #expect(outcome.output.contains(folder.file("out")))
  }

  @Test func `a profile whose parents are wrong is no profile`() async throws {
    var profile = profile
    profile.nodes[2].parent = 9
    let outcome = try await run("--json", profile: profile)

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("stands before its parent"))
  }

  @Test(
    arguments: [
      (["--format", "pprof"], "give -o FILE"), (["-o", "file"], "-o is for a file"),
      (["--format", "pprof", "-o", "-", "--json"], "not both"),
      (["--depth", "129"], "from 1 to 128"), (["--duration", "20"], "is not a time"),
    ] as [([String], String)]
  )
  func `wrong words are refused before anything is sampled`(
    words: [String],
    sentence: String
  ) async throws {
    let outcome = try await BuiltProgram.retinue.run(["profile", "-s", "service=checkout"] + words)

    expect(outcome.status, equals: 2)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }

  // MARK: - Support

  private func run(
    _ words: String...,
    profile: SamplingProfile? = nil
  ) async throws -> BuiltProgram.Outcome {
    let profile = profile ?? self.profile
    return try await ScriptedCollector.run(
      ["profile", "--selector", "service=checkout", "--duration", "60s"] + words
    ) { script in
      script.stream(Queries.sampleWindow) { request in
        guard request.durationMilliseconds == 60_000, request.intervalBytes == 131_072,
          request.stackDepth == 64
        else { throw RPCError(.invalidArgument, "another request: \(request)") }
        var done = Samples.event(.done)
        done.profileID = Samples.snapshotID
        var refused = Samples.event(.refused, reason: "Bun has no sampling heap profiler")
        refused.targetID = Samples.secondID
        refused.reasonCode = "notSupported"
        return [Samples.event(.running), done, refused]
      }
      script.stream(Queries.readProfile) { request in
        guard request.profileIDs == [Samples.snapshotID] else {
          throw RPCError(.invalidArgument, "other profiles: \(request)")
        }
        return profile.parts().map { ProfileReply(part: $0, mergedTargets: 1, leftOutTargets: 2) }
      }
    }
  }

  private let profile = SamplingProfile(
    frames: [
      .init(function: "(root)", url: "", scriptID: "", line: -1, column: -1),
      .init(function: "handle", url: "file:///app/server.js", scriptID: "7", line: 2, column: 0),
      .init(
        function: "plantedAllocator",
        url: "file:///app/server.js",
        scriptID: "7",
        line: 11,
        column: 4
      ),
    ],
    nodes: [
      .init(frame: 0, parent: 0, selfSize: 0, count: 0),
      .init(frame: 1, parent: 0, selfSize: 100, count: 1),
      .init(frame: 2, parent: 1, selfSize: 600, count: 6),
      .init(frame: 2, parent: 0, selfSize: 300, count: 3),
    ],
    intervalBytes: 131_072,
    startedAt: Samples.time,
    endedAt: Samples.time + 60_000_000_000
  )
}
