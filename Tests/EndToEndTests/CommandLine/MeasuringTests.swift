internal import FleetProtocol
internal import GRPCTransport
internal import HeapModel
internal import JSONStream
internal import Synchronization
internal import TestSupport
internal import Testing

/// `retinue collections` and `retinue census`, as built, against a scripted collector.
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
        "checkout 1.4.2 web-1 minor 2 3.0 ms 1.5 ms 0.0 % 10.0 MB 3.0 MB",
        "checkout 1.4.2 web-1 major 1 20.0 ms 20.0 ms 0.2 % – –",
      ]
    )
  }

  @Test func `a window of more than a minute is refused before anything is asked`() async throws {
    let words = ["collections", "-s", "service=checkout", "--duration", "2m"]
    let outcome = try await BuiltProgram.retinue.run(words)

    expect(outcome.status, equals: 2)
    #expect(outcome.errors.contains("from 100ms to 1m, not 2m"), "\(outcome.errors)")
  }

  @Test func `a census twice shows what grew, and what is gone`() async throws {
    let outcome = try await census("--json", "--again", "1ms")

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    let target = try outcome.json["targets"]?[0]
    expect(target?["pause"]?.double, equals: 200)
    let classes = target?["classes"]?.array ?? []
    expect(
      classes.map { "\($0["name"]?.string ?? "") \($0["countDelta"]?.int ?? -99)" },
      equals: ["Object 5", " 0", "Map -1"]
    )
    expect(classes.last?["count"]?.int, equals: 0)
  }

  @Test func `a census once is a table of classes`() async throws {
    let outcome = try await census()

    let words = outcome.output.split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    expect(words.count, equals: 4, outcome.output)
    expect(words.dropFirst().first, equals: "checkout 1.4.2 web-1 object Object 10 1.0 kB")
    try await expect(census("--json").json["targets"]?[0]?["since"], equals: .null)
  }

  private func census(_ words: String...) async throws -> BuiltProgram.Outcome {
    let count = Mutex(0)
    return try await ScriptedCollector.run(["census", "-s", "service=checkout"] + words) { script in
      script.stream(Queries.measure) { request in
        guard request.kind == .census, request.durationMilliseconds == 0 else {
          throw RPCError(.invalidArgument, "another request: \(request)")
        }
        var done = Samples.event(.done)
        done.measurementID = Samples.snapshotID
        return [done]
      }
      script.answer(Queries.readMeasurement) { _ in
        let isFirst = count.withLock { count in
          count += 1
          return count == 1
        }
        var rows = [
          ClassCensus.Row(group: .object, name: "Object", count: 10, bytes: 1_000),
          ClassCensus.Row(group: .string, name: "", count: 3, bytes: 90),
        ]
        if isFirst {
          rows.append(ClassCensus.Row(group: .object, name: "Map", count: 1, bytes: 40))
        } else {
          rows[0].count += 5
          rows[0].bytes += 500
        }
        return Measurement(
          startedAt: Samples.time,
          endedAt: Samples.time + 200_000_000,
          census: Census(rows: rows)
        )
      }
    }
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
