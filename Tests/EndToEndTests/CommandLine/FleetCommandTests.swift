internal import FleetProtocol
internal import GRPCTransport
internal import HeapModel
internal import JSONStream
internal import Synchronization
internal import TestSupport
internal import Testing

/// The commands that ask a collector, run as built, against one whose answers are written here.
@Suite(.enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"))
struct FleetCommandTests {
  private typealias Queries = FleetMethods.Queries

  // MARK: - targets

  @Test func `targets are an array, with null for what is not known`() async throws {
    let outcome = try await ScriptedCollector.run("targets", "--json") { script in
      script.answer(Queries.listTargets) { request in
        // Two pages.
        request.cursor.isEmpty
          ? ListTargetsReply(rows: [Samples.node()], nextCursor: "2")
          : ListTargetsReply(rows: [Samples.withoutInspector()])
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    let json = try outcome.json
    expect(json.array?.count, equals: 2)
    let row = json[0]
    expect(row?["id"]?.string, equals: Samples.firstID.description)
    expect(row?["service"]?.string, equals: "checkout")
    expect(row?["version"]?.string, equals: "1.4.2")
    expect(row?["instance"]?.string, equals: "web-1")
    expect(row?["environment"]?.string, equals: "test")
    expect(row?["runtime"]?.string, equals: "node")
    expect(row?["engine"]?.string, equals: "v8")
    expect(row?["pid"]?.int, equals: 4711)
    expect(row?["state"]?.string, equals: "attached")
    expect(row?["heapUsed"]?.int, equals: 12_300_000)
    expect(row?["external"]?.isNull, equals: true)
    expect(row?["growthPerHour"]?.double, equals: 1_500_000)
    expect(row?["startedAt"]?.string, equals: "2026-03-01T12:30:00.000Z")
    expect(row?["capabilities"]?.array?.compactMap(\.string).contains("sampling"), equals: true)
    expect(json[1]?["state"]?.string, equals: "noInspector")
    expect(json[1]?["heapUsed"]?.isNull, equals: true)
  }

  @Test func `resident memory is told in parts that add up, by process`() async throws {
    func ask(_ words: [String]) async throws -> BuiltProgram.Outcome {
      try await ScriptedCollector.run(words) { script in
        script.answer(Queries.listTargets) { _ in
          var row = Samples.node()
          row.usage?.external = 3_000_000
          row.usage?.residentSize = 90_000_000
          return ListTargetsReply(rows: [row, Samples.withoutInspector()])
        }
      }
    }
    let json = try await ask(["targets", "--memory", "--json"]).json
    let text = try await ask(["targets", "--memory"])

    expect(json.array?.count, equals: 2)
    let process = json[0]
    let sizes = process?["parts"]?.array?.compactMap { $0["size"]?.int } ?? []
    expect(process?["residentSize"]?.int, equals: 90_000_000)
    expect(sizes.reduce(process?["remainder"]?.int ?? 0, +), equals: 90_000_000)
    expect(process?["parts"]?[0]?["kind"]?.string, equals: "liveHeap")
    expect(process?["untold"]?.array?.compactMap(\.string).last, equals: "stacks")
    expect(json[1]?["residentSize"]?.isNull, equals: true)
    #expect(text.output.contains("90.0 MB"), "\(text.output)\(text.errors)")
    #expect(text.output.contains("add up to what is resident"))
  }

  @Test func `the table says what is in the way and what cannot be known`() async throws {
    let outcome = try await ScriptedCollector.run("targets") { script in
      script.answer(Queries.listTargets) { _ in
        ListTargetsReply(rows: [Samples.node(), Samples.withoutInspector()])
      }
    }

    #expect(outcome.output.contains("3fa4c0de0000  checkout"))
    #expect(outcome.output.contains("12.3 MB"))
    #expect(outcome.output.contains("+1.5 MB/h"))
    #expect(outcome.output.contains("pid 9): start it with BUN_INSPECT="))
    #expect(outcome.output.contains("node cannot give: objects followed over a series"))
    expect(outcome.output.contains("\u{1B}"), equals: false)
  }

  @Test func `a selector travels as it was written`() async throws {
    let outcome = try await ScriptedCollector.run(
      "targets",
      "--selector",
      "service=checkout,version!=1.4.1",
      "--json"
    ) { script in
      script.answer(Queries.listTargets) { request in
        guard request.choice == .selector("service=checkout,version!=1.4.1") else {
          throw RPCError(.invalidArgument, "another selector: \(request.choice)")
        }
        return ListTargetsReply()
      }
    }

    expect(outcome.output, equals: "[]\n", "\(outcome.errors)")
  }

  // MARK: - gc

  @Test func `gc says before, after and pause, and finds a target by the beginning of its id`()
    async throws
  {
    let outcome = try await ScriptedCollector.run("gc", "--target", "3fa4", "--json") { script in
      script.answer(Queries.listTargets) { _ in
        ListTargetsReply(rows: [Samples.node(), Samples.withoutInspector()])
      }
      script.stream(Queries.collect) { request in
        guard request.choice == .target(Samples.firstID) else {
          throw RPCError(.invalidArgument, "another target: \(request.choice)")
        }
        return [
          Samples.event(.running),
          Samples.event(
            .done,
            collection: CollectionEffect(
              usedBefore: 20_000_000,
              usedAfter: 12_000_000,
              pauseNanoseconds: 3_500_000
            )
          ),
        ]
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    let json = try outcome.json
    expect(json["schemaVersion"]?.int, equals: 1)
    expect(json["before"]?.int, equals: 20_000_000)
    expect(json["after"]?.int, equals: 12_000_000)
    expect(json["pause"]?.double, equals: 3.5)
  }

  @Test func `a refusal is told with its reason and fails`() async throws {
    let outcome = try await ScriptedCollector.run(
      "gc",
      "--target",
      Samples.firstID.description,
      "--json"
    ) { script in
      script.stream(Queries.collect) { _ in [Samples.event(.refused, reason: "it is exiting")] }
    }

    expect(outcome.status, equals: 1)
    try expect(outcome.json["state"]?.string, equals: "refused")
    try expect(outcome.json["reason"]?.string, equals: "it is exiting")
    #expect(outcome.errors.contains("checkout web-1: refused: it is exiting"))
  }

  @Test func `a stream that ends without a final word is a failure`() async throws {
    let outcome = try await ScriptedCollector.run(
      "gc",
      "--target",
      Samples.firstID.description,
      "--json"
    ) { script in
      script.stream(Queries.collect) { _ in [Samples.event(.running)] }
    }

    expect(outcome.status, equals: 1)
    try expect(outcome.json["state"]?.string, equals: "failed")
  }

  @Test func `an act goes on over a lost connection, joined by its id`() async throws {
    let asked = Mutex<[String]>([])
    let outcome = try await ScriptedCollector.run(
      "gc",
      "--target",
      Samples.firstID.description,
      "--json"
    ) { script in
      script.conversation(Queries.collect) { request, send in
        let isFirst = asked.withLock {
          $0.append(request.requestID)
          return $0.count == 1
        }
        try await send(Samples.event(.running))
        guard !isFirst else { throw RPCError(.unavailable, "the connection is too old") }
        let effect = CollectionEffect(usedBefore: 2, usedAfter: 1, pauseNanoseconds: 1)
        try await send(Samples.event(.done, collection: effect))
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    try expect(outcome.json["after"]?.int, equals: 1)
    let ids = asked.withLock { $0 }
    expect(ids.count, equals: 2)
    expect(Set(ids).count, equals: 1)
  }

  @Test func `two targets with one beginning are told apart by more digits`() async throws {
    let outcome = try await ScriptedCollector.run("gc", "--target", "3fa4") { script in
      script.answer(Queries.listTargets) { _ in
        let other = TargetID(high: 0x3fa4_ffff_0000_0000, low: 3)
        return ListTargetsReply(rows: [Samples.node(), Samples.node(other)])
      }
    }

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("2 targets have ids that begin with 3fa4"))
  }

  // MARK: - snapshots

  @Test func `taking a series says per target what came of it`() async throws {
    let ids = ["11", "22", "33"].map { String(repeating: $0, count: 16) }
    let outcome = try await ScriptedCollector.run(
      "snapshot",
      "take",
      "--selector",
      "service=checkout",
      "--series",
      "monday",
      "--json"
    ) { script in
      script.stream(Queries.capture) { request in
        guard request.series == "monday", request.count == 3, request.mark.isEmpty,
          request.intervalMilliseconds == 60_000
        else { throw RPCError(.invalidArgument, "another request: \(request)") }
        return ids.enumerated().flatMap { step, id in
          [
            Samples.event(.waiting, step: UInt32(step)),
            Samples.event(.done, step: UInt32(step), snapshotID: id),
          ]
        }
      }
      script.answer(Queries.listSnapshots) { _ in
        ListSnapshotsReply(
          rows: ids.enumerated().map {
            Samples.snapshot(id: $1, step: UInt32($0), series: "monday")
          }
        )
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    let targets = try outcome.json["targets"]
    expect(targets?.array?.count, equals: 1)
    expect(targets?[0]?["snapshotID"]?.string, equals: ids[2])
    expect(targets?[0]?["state"]?.string, equals: "complete")
    expect(targets?[0]?["reason"]?.isNull, equals: true)
    let snapshots = targets?[0]?["snapshots"]?.array ?? []
    expect(snapshots.compactMap { $0["snapshotID"]?.string }, equals: ids)
    expect(snapshots.compactMap { $0["step"]?.int }, equals: [0, 1, 2])
    expect(snapshots.compactMap { $0["redaction"]?.string }, equals: ["none", "none", "none"])
  }

  @Test(arguments: [
    ("echo $RETINUE_SERIES $RETINUE_STEP", 0, ["monday 1", "monday 2"]),
    ("exit 7", 1, ["ends after 1 of 3 snapshots", "exit code 7"]),
  ])
  func `a command stands between the steps of a series`(
    action: String,
    status: Int32,
    words: [String]
  ) async throws {
    let outcome = try await ScriptedCollector.run(
      ["snapshot", "take", "-s", "service=a", "--series", "monday", "--action", action, "--json"]
    ) { script in
      script.stream(Queries.capture) { request in
        guard request.series == "monday", request.count == 1,
          let step = ["baseline", "action", "repeat"].firstIndex(of: request.mark)
        else { throw RPCError(.invalidArgument, "another request: \(request)") }
        let id = String(repeating: "1\(step)", count: 16)
        return [Samples.event(.done, step: UInt32(step), snapshotID: id)]
      }
      script.answer(Queries.listSnapshots) { _ in ListSnapshotsReply(rows: []) }
    }

    expect(outcome.status, equals: status, "\(outcome.errors)")
    for word in words { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
    let steps = try outcome.json["targets"]?[0]?["snapshots"]?.array?.count
    expect(steps, equals: status == 0 ? 3 : 1)
  }

  @Test func `a refused capture has state, reason and exit code 1`() async throws {
    let outcome = try await ScriptedCollector.run(
      "snapshot",
      "take",
      "--target",
      Samples.firstID.description,
      "--json"
    ) { script in
      script.stream(Queries.capture) { _ in
        [Samples.event(.refused, reason: "needs 8 GB, 2 GB are free")]
      }
    }

    expect(outcome.status, equals: 1)
    let target = try outcome.json["targets"]?[0]
    expect(target?["state"]?.string, equals: "refused")
    expect(target?["reason"]?.string, equals: "needs 8 GB, 2 GB are free")
    expect(target?["reasonCode"]?.string, equals: "noMemory")
    expect(target?["snapshotID"]?.isNull, equals: true)
  }

  @Test(arguments: [false, true])
  func `a timeline's price is said before it begins`(isJSON: Bool) async throws {
    let words = ["snapshot", "take", "-s", "service=checkout", "--timeline", "10s"]
    let outcome = try await ScriptedCollector.run(
      words + ["--allocation-stacks"] + (isJSON ? ["--json"] : [])
    ) { script in
      script.stream(Queries.capture) { request in
        guard request.recording == AllocationRecording(milliseconds: 10_000, hasStacks: true) else {
          throw RPCError(.invalidArgument, "another request: \(request)")
        }
        var event = Samples.event(
          .done,
          snapshotID: request.estimateOnly ? nil : Samples.snapshotID
        )
        (event.estimatedPauseMilliseconds, event.estimatedGrowthBytes) = (1_200, 800_000_000)
        return [event]
      }
      script.answer(Queries.listSnapshots) { _ in
        ListSnapshotsReply(rows: [Samples.snapshot()])
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    guard isJSON else {
      #expect(outcome.errors.contains("4 to 430 times slower"))
      #expect(
        outcome.errors.contains("checkout web-1 then stands still for about 1.2 s, and takes")
      )
      return
    }
    #expect(outcome.errors.isEmpty)
    let timeline = try outcome.json["timeline"]
    expect(timeline?["length"]?.int, equals: 10_000)
    expect(timeline?["slowdownHigh"]?.double, equals: 430)
    try expect(outcome.json["targets"]?[0]?["estimatedPause"]?.int, equals: 1_200)
  }

  @Test func `a mark takes one step`() async throws {
    let outcome = try await ScriptedCollector.run(
      "snapshot",
      "take",
      "--target",
      Samples.firstID.description,
      "--series",
      "s",
      "--mark",
      "repeat",
      "--json"
    ) { script in
      script.stream(Queries.capture) { request in
        guard request.mark == "repeat", request.count == 1 else {
          throw RPCError(.invalidArgument, "another request: \(request)")
        }
        return [Samples.event(.done, snapshotID: Samples.snapshotID)]
      }
      script.answer(Queries.listSnapshots) { _ in
        ListSnapshotsReply(rows: [Samples.snapshot(series: "s")])
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    try expect(outcome.json["targets"]?[0]?["state"]?.string, equals: "complete")
  }

  @Test func `every listing of snapshots shows how they were redacted`() async throws {
    let script = { (script: inout ScriptedCollector.Script) in
      script.answer(Queries.listSnapshots) { _ in
        ListSnapshotsReply(rows: [
          Samples.snapshot(),
          Samples.snapshot(id: String(repeating: "6b", count: 16), state: .incomplete),
        ])
      }
    }
    let json = try await ScriptedCollector.run("snapshot", "list", "--json", script: script)
    let table = try await ScriptedCollector.run("snapshot", "list", script: script)

    let row = try json.json["snapshots"]?[0]
    try expect(json.json["schemaVersion"]?.int, equals: 1)
    expect(row?["snapshotID"]?.string, equals: Samples.snapshotID)
    expect(row?["redaction"]?.string, equals: "none")
    expect(row?["redactionPolicyID"]?.string, equals: "none-1")
    expect(row?["state"]?.string, equals: "complete")
    expect(row?["pause"]?.double, equals: 1.5)
    try expect(json.json["snapshots"]?[1]?["reason"]?.string, equals: "agent_restarted")
    #expect(table.output.contains("REDACTION"))
    #expect(table.output.contains("6b6b6b6b6b6b is incomplete: agent_restarted"))
  }

  // MARK: - leaks

  @Test func `a leak is found with where it is and where it is not, and ends with 3`() async throws
  {
    let script = { (script: inout ScriptedCollector.Script) in
      script.answer(Queries.findLeaks) { request in
        guard request.series == "monday", request.last == 0 else {
          throw RPCError(.invalidArgument, "another request: \(request)")
        }
        return FindLeaksReply(findings: [Self.finding], targetsExamined: 2, notes: ["bun-1: gone"])
      }
    }
    let words = ["leaks", "--selector", "service=checkout", "--series", "monday"]
    let json = try await ScriptedCollector.run(
      words[0],
      words[1],
      words[2],
      words[3],
      words[4],
      "--json",
      script: script
    )
    let text = try await ScriptedCollector.run(
      words[0],
      words[1],
      words[2],
      words[3],
      words[4],
      script: script
    )

    expect(json.status, equals: 3, "\(json.errors)")
    let finding = try json.json["findings"]?[0]
    expect(finding?["fingerprint"]?.string, equals: Self.finding.fingerprint)
    expect(finding?["family"]?.string, equals: "CheckoutSession sessions")
    expect(finding?["class"]?.string, equals: "CheckoutSession")
    expect(finding?["objectsPerStep"]?.array?.compactMap(\.int), equals: [1_000, 1_000])
    expect(finding?["bytesPerStep"]?.array?.compactMap(\.int), equals: [96_000, 96_000])
    expect(finding?["instances"]?.array?.compactMap(\.string), equals: ["web-1"])
    expect(finding?["versions"]?.array?.compactMap(\.string), equals: ["1.4.2"])
    expect(finding?["retainerPath"]?.array?.count, equals: 3)
    expect(finding?["clean"]?[0]?["instance"]?.string, equals: "web-4")
    expect(text.status, equals: 3)
    expect(finding?["remedy"]?.string, equals: "Delete entries.")
    expect(finding?["evidence"]?.string, equals: "One Map gained them.")
    #expect(
      text.output.contains(
        """
        1. CheckoutSession  +2,000 objects, 300 kB  (certain)
           A Map gained entries on every step.
           why       They are not deleted.
           do        Delete entries.
           evidence  One Map gained them.
        """
      )
    )
    #expect(text.output.contains("+1,000 objects (+96.0 kB), +1,000 objects (+96.0 kB)"))
    expect(finding?["position"]?["line"]?.int, equals: 12)
    expect(finding?["companions"]?.array?.compactMap(\.string), equals: ["Cart", "(string)"])
    #expect(text.output.contains("at        file:///app/session.js:12:3\n"), "\(text.output)")
    #expect(text.output.contains("with      Cart, (string)\n"))
    #expect(text.output.contains("not on    checkout 1.4.1: web-4"))
    #expect(text.output.contains("Note: bun-1: gone"))
  }

  @Test func `what only the console keeps is listed last and is no leak`() async throws {
    let script = { (script: inout ScriptedCollector.Script) in
      script.answer(Queries.findLeaks) { request in
        guard request.includesTooling else {
          throw RPCError(.invalidArgument, "another request: \(request)")
        }
        var printed = Self.finding
        printed.isTooling = true
        printed.comparedByID = false
        printed.idNote = "the snapshots are of two processes"
        return FindLeaksReply(findings: [printed], targetsExamined: 2)
      }
    }
    let json = try await ScriptedCollector.run("leaks", "--last", "3", "--json", script: script)
    let text = try await ScriptedCollector.run("leaks", "--last", "3", script: script)

    expect(json.status, equals: 0, "\(json.errors)")
    try expect(json.json["findings"]?.array?.isEmpty, equals: true)
    let printed = try json.json["tooling"]?[0]
    expect(printed?["class"]?.string, equals: "CheckoutSession")
    expect(printed?["idNote"]?.string, equals: "the snapshots are of two processes")
    expect(text.status, equals: 0)
    let lines = text.output.split(separator: "\n")
    expect(lines.first, equals: "No leak in 2 targets.")
    expect(
      lines.dropFirst().first,
      equals: "Only a debugger or its console keeps these, not the program:"
    )
    #expect(text.output.contains("by class  the snapshots are of two processes"))
  }

  @Test func `no leak ends well`() async throws {
    let outcome = try await ScriptedCollector.run("leaks", "--last", "3", "--json") { script in
      script.answer(Queries.findLeaks) { _ in FindLeaksReply(targetsExamined: 1) }
    }

    expect(outcome.status, equals: 0)
    try expect(outcome.json["findings"]?.array?.isEmpty, equals: true)
  }

  @Test func `where nothing was examined nothing is said to be well`() async throws {
    let outcome = try await ScriptedCollector.run("leaks", "--last", "3", "--json") { script in
      script.answer(Queries.findLeaks) { _ in FindLeaksReply(targetsExamined: 0) }
    }

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("nothing was examined"))
  }

  private static let finding = LeakFinding(
    fingerprint: String(repeating: "c0", count: 16),
    family: "CheckoutSession sessions",
    rule: "growing-map",
    className: "CheckoutSession",
    certainty: "certain",
    explanation: """
      A Map gained entries on every step.
      They are not deleted.
      Delete entries.
      One Map gained them.
      """,
    objectsPerStep: [1_000, 1_000],
    bytesPerStep: [96_000, 96_000],
    retainedSize: 300_000,
    retainerPath: ["(GC roots)", "sessions: Map", "CheckoutSession"],
    sites: [
      LeakSite(
        targetID: Samples.firstID,
        service: "checkout",
        version: "1.4.2",
        instance: "web-1",
        runtime: "node",
        snapshotID: Samples.snapshotID
      )
    ],
    clean: [
      LeakSite(
        targetID: Samples.secondID,
        service: "checkout",
        version: "1.4.1",
        instance: "web-4",
        runtime: "node",
        snapshotID: Samples.snapshotID
      )
    ],
    firstSeen: Samples.time,
    lastSeen: Samples.time,
    comparedByID: true,
    position: SourcePosition(script: "file:///app/session.js", line: 12, column: 3),
    companions: ["Cart", "(string)"]
  )

  // MARK: - top and status

  @Test func `top prints one table where nobody watches, the largest heap first`() async throws {
    let outcome = try await ScriptedCollector.run("top", "--json") { script in
      script.answer(Queries.listTargets) { _ in
        ListTargetsReply(rows: [Samples.withoutInspector(), Samples.node()])
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    try expect(outcome.json["targets"]?[0]?["pid"]?.int, equals: 4711)
  }

  @Test func `status says what was lost`() async throws {
    let script = { (script: inout ScriptedCollector.Script) in
      script.answer(Queries.status) { _ in
        StatusReply(
          version: "0.1.0",
          agents: 2,
          targets: 10,
          snapshots: 3,
          storeBytes: 1_000_000,
          freeBytes: 5_000_000,
          drops: [Drop(reason: "spoolFull", count: 7, bytes: 900)]
        )
      }
    }
    let json = try await ScriptedCollector.run("status", "--json", script: script)
    let text = try await ScriptedCollector.run("status", script: script)

    try expect(json.json["agents"]?.int, equals: 2)
    try expect(json.json["drops"]?[0]?["reason"]?.string, equals: "spoolFull")
    #expect(text.output.contains("7 × spoolFull"))
  }

  // MARK: - collectors that do not help

  @Test func `a collector that is away is named, with what to do`() async throws {
    let outcome = try await BuiltProgram.retinue.run([
      "targets", "--collector", "unix:/tmp/retinue-no-such-socket",
    ])

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("no collector answers at unix:/tmp/retinue-no-such-socket"))
    #expect(outcome.errors.contains("retinue up"))
    #expect(outcome.output.isEmpty)
  }

  @Test func `a collector that does not know the method is too old`() async throws {
    let outcome = try await ScriptedCollector.run("targets") { _ in }

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("too old"))
  }

  @Test func `a collector whose pages do not end does not hold us`() async throws {
    let outcome = try await ScriptedCollector.run("targets") { script in
      script.answer(Queries.listTargets) { _ in ListTargetsReply(nextCursor: "again") }
    }

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("do not end"))
  }
}
