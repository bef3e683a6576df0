internal import FleetProtocol
internal import GRPCTransport
internal import HeapModel
internal import JSONStream
internal import TestSupport
internal import Testing

/// `retinue collections`, as built, against a scripted collector.
@Suite(.enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"))
struct MeasuringTests {
  private typealias Queries = FleetMethods.Queries

  @Test func `collections are listed one by one`() async throws {
    let outcome = try await collections("--json")

    expect(outcome.status, equals: 1)
    let targets = try outcome.json["targets"]?.array ?? []
    expect(targets.compactMap { $0["state"]?.string }, equals: ["done", "refused"])
    expect(targets.last?["reason"]?.string, equals: "somebody else takes a trace of this browser")
    let list = targets.first?["collections"]?.array ?? []
    expect(list.compactMap { $0["kind"]?.string }, equals: ["minor", "minor", "major"])
    expect(list.first?["pause"]?.double, equals: 1.5)
    expect(list.first?["before"]?.int, equals: 8_000_000)
    expect(list.last?["after"], equals: .null)
  }

  @Test func `the table adds up what was collected`() async throws {
    let lines = try await collections().output.split(separator: "\n").map(String.init)

    let words = lines.map { $0.split(separator: " ").joined(separator: " ") }
    expect(
      Array(words.dropFirst().prefix(2)),
      equals: [
        "checkout 1.4.2 web-1 minor 2 3.0 ms 1.5 ms 0.03 % 10.0 MB 3.0 MB",
        "checkout 1.4.2 web-1 major 1 20.0 ms 20.0 ms 0.20 % – –",
      ]
    )
  }

  @Test func `a window of more than a minute is refused before anything is asked`() async throws {
    let words = ["collections", "-s", "service=checkout", "--duration", "2m"]
    let outcome = try await BuiltProgram.retinue.run(words)

    expect(outcome.status, equals: 2)
    #expect(outcome.errors.contains("from 100ms to 60s"), "\(outcome.errors)")
  }

  private func collections(_ words: String...) async throws -> BuiltProgram.Outcome {
    try await ScriptedCollector.run(
      ["collections", "-s", "service=checkout", "--duration", "10s"] + words
    ) { script in
      script.stream(Queries.measure) { request in
        guard request.kind == .collections, request.durationMilliseconds == 10_000 else {
          throw RPCError(.invalidArgument, "another request: \(request)")
        }
        var done = Samples.event(.done)
        done.measurementID = Samples.snapshotID
        var refused = Samples.event(
          .refused,
          reason: "somebody else takes a trace of this browser"
        )
        refused.targetID = Samples.secondID
        return [Samples.event(.running), done, refused]
      }
      script.answer(Queries.readMeasurement) { request in
        guard request.measurementID == Samples.snapshotID else {
          throw RPCError(.notFound, "another measurement: \(request)")
        }
        return Measurement(
          startedAt: Samples.time,
          endedAt: Samples.time + 10_000_000_000,
          collections: CollectionPoints(
            targetID: Samples.firstID,
            activities: [
              collection(.minor, pause: 1_500_000), collection(.minor, pause: 1_500_000),
              CollectionActivity(
                kind: .major,
                time: Samples.time + 9,
                count: 1,
                pauseNanoseconds: 20_000_000,
                longestPauseNanoseconds: 20_000_000
              ),
            ]
          )
        )
      }
    }
  }

  private func collection(
    _ kind: CollectionActivity.Kind,
    pause: UInt64
  ) -> CollectionActivity {
    CollectionActivity(
      kind: kind,
      time: Samples.time + 5,
      count: 1,
      pauseNanoseconds: pause,
      longestPauseNanoseconds: pause,
      usedBefore: 8_000_000,
      usedAfter: 3_000_000
    )
  }
}
