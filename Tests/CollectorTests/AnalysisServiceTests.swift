import Collector
import FleetProtocol
import HeapModel
import Store
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct AnalysisServiceTests {
  private let fixture = Fixture()

  private func id(_ number: Int) -> String { TargetID(high: 3, low: UInt64(number)).description }

  private func send(_ upload: LeakingHeap.Upload) async throws {
    _ = try await fixture.uploads.begin(upload.begin)
    for block in upload.blocks { _ = try await fixture.uploads.put(block) }
    let end = try await fixture.uploads.commit(upload.commit)
    #expect(end.committed)
  }

  private func read(_ number: Int, cursor: String = "") async throws -> ReadAnalysisReply {
    try await fixture.queries.readAnalysis(
      ReadAnalysisRequest(snapshotID: id(number), cursor: cursor, waitMilliseconds: 60_000)
    )
  }

  @Test func `a committed snapshot is analysed, and its classes are told`() async throws {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    let upload = try LeakingHeap.upload(id(1), text: LeakingHeap.text(sessions: 150))
    try await send(upload)

    let reply = try await read(1)
    #expect(reply.snapshot.isAnalysed)
    expect(reply.totals?.nodeCount, equals: 308)
    expect(reply.classes.first { $0.name == "Function" }?.countInDevTools, equals: 1)
    expect(reply.classes.first { $0.name == "LeakedSession" }?.countInDevTools, equals: 0)
    expect(reply.totals?.blockCount, equals: UInt64(upload.blocks.count))
    let row = try #require(reply.classes.first { $0.name == "LeakedSession" })
    expect(row.count, equals: 150)
    expect(row.selfSize, equals: 150 * 104)
    expect(row.retainedSize, equals: 150 * (104 + 1_024))
    expect(reply.largest.isEmpty, equals: false)
    expect(reply.nextCursor, equals: "")
    let listed = try await fixture.queries.listSnapshots(
      ListSnapshotsRequest(choice: .selector(""))
    )
    expect(listed.rows.first?.totalSelfSize, equals: reply.totals?.totalSelfSize)
  }

  @Test func `contexts, what is outside the heap and what is not told come with the analysis`()
    async throws
  {
    var heap = V8SnapshotText()
    heap.tellsDetachedness = false
    for name in ["a", "b"] {
      let context = heap.node("system / NativeContext / \(name)", type: "hidden", size: 50)
      heap.edge(from: 0, to: context, named: name)
    }
    let buffer = heap.node("system / JSArrayBufferData", type: "native", size: 7_000)
    heap.edge(from: 0, to: buffer, named: "buffer")
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await send(try LeakingHeap.upload(id(1), text: heap.bytes))

    let reply = try await read(1)
    expect(reply.nativeContexts?.contexts.map(\.attributedSize), equals: [50, 50])
    expect(reply.nativeContexts?.contextCount, equals: 2)
    expect(reply.nativeContexts?.unattributedSize, equals: 7_000)
    expect(
      reply.nativeClasses,
      equals: [FoundClass(name: "system / JSArrayBufferData", count: 1, selfSize: 7_000)]
    )
    expect(reply.totals?.untold, equals: ["detachedness"])
    expect(reply.totals?.unheldCount, equals: 0)
  }

  @Test func `blocks are decoded while they arrive, and the answer is the same from the store`()
    async throws
  {
    let text = LeakingHeap.text(sessions: 20_000)
    let upload = try LeakingHeap.upload(id(1), text: text)
    #expect(upload.blocks.count >= 4)
    _ = try await fixture.uploads.begin(upload.begin)
    for block in upload.blocks {
      _ = try await fixture.uploads.put(block)
      // As slow as a target writes: the decoder has the time between two blocks.
      try await Task.sleep(for: .milliseconds(400))
    }
    _ = try await fixture.uploads.commit(upload.commit)
    let worker = Task { await fixture.analysis.run() }
    let first = try await read(1)
    worker.cancel()
    await worker.value
    expect(first.totals?.blocksDecodedBeforeLast, equals: UInt64(upload.blocks.count - 1))

    // Another collector has only the blocks.
    let (analysis, queries) = fixture.another()
    try await fixture.metadata.saveAnalysis(
      AnalysisRecord(snapshotID: id(1), state: .waiting, version: 0)
    )
    _ = try await fixture.jobs.enqueue(
      NewJob(key: "again", kind: "analysis", payload: Array(id(1).utf8)),
      now: 0
    )
    let second = Task { await analysis.run() }
    defer { second.cancel() }
    #expect(
      try await eventually {
        try await fixture.metadata.analysis(of: id(1))?.state == .done
      }
    )
    let again = try await queries.readAnalysis(
      ReadAnalysisRequest(snapshotID: id(1), waitMilliseconds: 1)
    )
    expect(again.classes, equals: first.classes)
    expect(again.totals?.totalRetainedSize, equals: first.totals?.totalRetainedSize)
    expect(again.totals?.blocksDecodedBeforeLast, equals: 0)
  }

  @Test func `objects are found by conditions, a page at a time`() async throws {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await send(try LeakingHeap.upload(id(1), text: LeakingHeap.text(sessions: 1_500)))
    func find(
      _ conditions: [String],
      order: String = "",
      offset: UInt64 = 0,
      limit: UInt32 = 2_000
    ) async throws -> FindObjectsReply {
      let request = FindObjectsRequest(
        snapshotID: id(1),
        conditions: conditions,
        order: order,
        offset: offset,
        limit: limit,
        waitMilliseconds: 60_000
      )
      return try await fixture.queries.findObjects(request)
    }

    let sessions = try await find(["class=Leaked*", "retained>1KB"], order: "id")
    expect(sessions.engine, equals: "v8")
    expect(sessions.count, equals: 1_500)
    expect(sessions.selfSize, equals: 1_500 * 104)
    expect(sessions.retainedSize, equals: 1_500 * (104 + 1_024))
    expect(
      sessions.classes,
      equals: [FoundClass(name: "LeakedSession", count: 1_500, selfSize: 1_500 * 104)]
    )
    expect(sessions.objects.count, equals: 1_024)
    expect(sessions.objects.first?.row.id, equals: 1_001)
    expect(sessions.objects.first?.type, equals: "object")
    let rest = try await find(["class=Leaked*"], order: "id", offset: 1_024)
    expect(rest.objects.map(\.row.id), equals: (1_024..<1_500).map { 1_001 + 4 * $0 })
    // Before the page that is kept, beyond its end, and from its middle.
    let first = try await find(["class=Leaked*"], order: "id", offset: 3, limit: 2)
    expect(first.objects.map(\.row.id), equals: [1_013, 1_017])
    let last = try await find(["class=Leaked*"], order: "id", offset: 1_499, limit: 8)
    expect(last.objects.map(\.row.id), equals: [1_001 + 4 * 1_499])
    let sums = try await find(["type=string"], limit: 0)
    expect(sums.count, equals: 1_500)
    expect(sums.objects, equals: [])

    for (conditions, order, code, words) in [
      (["color=red"], "", QueryError.Code.invalid, "is no condition"),
      (["class=A"], "age", .invalid, "retained, self, distance, id"),
      (["dominated-by=@4"], "", .notPossible, "@4"),
    ] {
      let error = await #expect(throws: QueryError.self) {
        try await find(conditions, order: order)
      }
      expect(error?.code, equals: code)
      expect(error?.description.contains(words), equals: true, "\(error as Any)")
    }
  }

  @Test func `how objects are held is told, a page at a time`() async throws {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await send(try LeakingHeap.upload(id(1), text: LeakingHeap.text(sessions: 1_500)))
    func find(_ condition: String, offset: UInt64 = 0) async throws -> FindPathsReply {
      let request = FindPathsRequest(
        snapshotID: id(1),
        conditions: [condition],
        offset: offset,
        limit: 2_000,
        waitMilliseconds: 60_000
      )
      return try await fixture.queries.findPaths(request)
    }

    let sessions = try await find("class=Leaked*")
    expect(sessions.engine, equals: "v8")
    expect(sessions.count, equals: 1_500)
    expect(sessions.pathCount, equals: 1)
    expect(sessions.pathlessCount, equals: 0)
    let path = try #require(sessions.paths.first)
    expect(path.count, equals: 1_500)
    expect(path.retainedSize, equals: 1_500 * (104 + 1_024))
    expect(path.origin, equals: "program")
    expect(path.exampleID, equals: 1_001)
    expect(
      path.steps,
      equals: ["global", ".cache: SessionCache", ".sessions: Array", "[]: LeakedSession"]
    )
    try await expect(find("class=Leaked*", offset: 1).paths, equals: [])
    let error = await #expect(throws: QueryError.self) { try await find("color=red") }
    expect(error?.code, equals: .invalid)
  }

  @Test func `a collector that ended before the job finds it again`() async throws {
    try await send(try LeakingHeap.upload(id(1), text: LeakingHeap.text(sessions: 20)))
    let (analysis, queries) = fixture.another(jobs: InMemoryJobQueue())
    try await analysis.restore()
    let worker = Task { await analysis.run() }
    defer { worker.cancel() }
    let reply = try await queries.readAnalysis(
      ReadAnalysisRequest(snapshotID: id(1), waitMilliseconds: 60_000)
    )
    #expect(reply.classes.contains { $0.name == "LeakedSession" && $0.count == 20 })
  }

  @Test func `blocks that are no snapshot are said to be none`() async throws {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    let block = try Fixture.block(id(1), 0, at: 0, [1, 2, 3, 4])
    _ = try await fixture.uploads.begin(Fixture.begin(id(1)))
    _ = try await fixture.uploads.put(block)
    _ = try await fixture.uploads.commit(Fixture.commit(id(1), [block]))

    let error = await #expect(throws: QueryError.self) { try await read(1) }
    expect(error?.code, equals: .notPossible)
    expect(error?.description.contains("cannot be analysed"), equals: true)
    try await expect(fixture.metadata.analysis(of: id(1))?.state, equals: .failed)
  }

  @Test func `a heap that does not fit is refused with the numbers`() async throws {
    let (analysis, queries) = fixture.another(memoryLimit: 20 << 20)
    var upload = try LeakingHeap.upload(id(1), text: LeakingHeap.text(sessions: 20))
    upload.commit.nodeCount = 5_000_000
    try await send(upload)
    let worker = Task { await analysis.run() }
    defer { worker.cancel() }
    let error = await #expect(throws: QueryError.self) {
      try await queries.readAnalysis(
        ReadAnalysisRequest(snapshotID: id(1), waitMilliseconds: 60_000)
      )
    }
    expect(error?.description.contains("20 MiB are allowed"), equals: true)
  }

  @Test func `an incomplete snapshot is never analysed`() async throws {
    var upload = try LeakingHeap.upload(id(1), text: LeakingHeap.text(sessions: 20))
    upload.commit.complete = false
    upload.commit.reason = "target_gone"
    try await send(upload)
    let error = await #expect(throws: QueryError.self) { try await read(1) }
    expect(error?.description.contains("target_gone"), equals: true)
    #expect(try await fixture.jobs.state(of: "analysis/\(id(1))") == nil)
    let missing = await #expect(throws: QueryError.self) { try await read(9) }
    expect(missing?.code, equals: .notFound)
  }

  @Test func `many classes come in pages of a megabyte at most`() async throws {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    var heap = V8SnapshotText(style: .node24)
    for number in 0..<12_000 {
      let node = heap.node("Class\(number)" + String(repeating: "x", count: 80), size: 24)
      heap.edge(from: 0, to: node, index: UInt32(number))
    }
    try await send(try LeakingHeap.upload(id(1), text: heap.bytes))

    var names: [String] = []
    var cursor = ""
    var pages = 0
    repeat {
      let reply = try await read(1, cursor: cursor)
      #expect(reply.encoded().count <= FleetLimits.page)
      names += reply.classes.map(\.name)
      cursor = reply.nextCursor
      pages += 1
    } while cursor.isEmpty == false
    #expect(pages > 1)
    expect(Set(names).count, equals: 12_000)
    expect(names.count, equals: 12_000)
  }

  // MARK: - Leaks

  private func series(
    _ name: String,
    on target: UInt64,
    first: Int,
    sessions: [Int],
    epoch: String = "e",
    isPrinted: Bool = false,
    script: String? = nil
  ) async throws {
    for (step, count) in sessions.enumerated() {
      let identity = IdentityEpoch(isolate: "i\(target)", epoch: epoch, anchors: [1, 2])
      try await send(
        try LeakingHeap.upload(
          id(first + step),
          text: LeakingHeap.text(sessions: count, isPrinted: isPrinted, script: script),
          target: target,
          series: name,
          step: UInt32(step),
          epoch: identity,
          startedAt: UInt64(first + step)
        )
      )
    }
  }

  private func inventory(_ targets: [TargetDescription]) async throws {
    _ = try await fixture.metadata.saveInventory(
      targets,
      at: 1,
      stamp: SequenceStamp(agentID: Fixture.agent, sequence: 1)
    )
  }

  @Test func `a leak is one finding over its instances, with those that are without it`()
    async throws
  {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await inventory([
      Fixture.target(1), Fixture.target(2), Fixture.target(3, version: "1.4.1"),
      Fixture.target(4, service: "catalog"),
    ])
    try await series("leak", on: 1, first: 10, sessions: [100, 250, 400])
    try await series("leak", on: 2, first: 20, sessions: [50, 250, 450])
    try await series("leak", on: 3, first: 30, sessions: [100, 100, 100])

    let reply = try await fixture.queries.findLeaks(
      FindLeaksRequest(
        choice: .selector("service=checkout"),
        series: "leak",
        waitMilliseconds: 60_000
      )
    )
    expect(reply.targetsExamined, equals: 3)
    expect(reply.notes, equals: [])
    let leak = try #require(reply.findings.first)
    expect(leak.className, equals: "LeakedSession")
    expect(leak.objectsPerStep, equals: [200, 200])
    #expect(leak.comparedByID)
    expect(leak.idNote, equals: "")
    expect(Set(leak.sites.map(\.instance)), equals: ["i1", "i2"])
    expect(leak.clean.map(\.instance), equals: ["i3"])
    expect(leak.clean.map(\.version), equals: ["1.4.1"])
    expect(leak.retainerPath.isEmpty, equals: false)
    expect(leak.companions, equals: ["(string)"])
    expect(leak.firstSeen, equals: fixture.clock.now())

    let clean = try await fixture.queries.findLeaks(
      FindLeaksRequest(
        choice: .selector("version=1.4.1"),
        series: "leak",
        waitMilliseconds: 60_000
      )
    )
    expect(clean.findings, equals: [])
    expect(clean.targetsExamined, equals: 1)
  }

  @Test func `what only a console keeps comes when it is asked for, and as what it is`()
    async throws
  {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await inventory([Fixture.target(1), Fixture.target(2)])
    try await series("a", on: 1, first: 10, sessions: [900, 1_800, 2_700], isPrinted: true)
    try await series("a", on: 2, first: 20, sessions: [100, 250, 400])

    var request = FindLeaksRequest(
      choice: .selector(""),
      series: "a",
      waitMilliseconds: 60_000
    )
    let leaks = try await fixture.queries.findLeaks(request)
    request.includesTooling = true
    let all = try await fixture.queries.findLeaks(request)

    expect(leaks.findings.map(\.isTooling), equals: [false])
    #expect(leaks.notes.contains { $0.hasPrefix("1 left out") })
    expect(all.findings.map(\.isTooling), equals: [false, true])
    expect(all.findings.last?.sites.map(\.instance), equals: ["i1"])
    expect(all.notes, equals: [])
  }

  @Test func `a finding keeps where its class stands in the source`() async throws {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await inventory([Fixture.target(1)])
    let script = "file:///app/session.mjs"
    try await series("leak", on: 1, first: 10, sessions: [100, 250, 400], script: script)

    let reply = try await fixture.queries.findLeaks(
      FindLeaksRequest(choice: .selector(""), series: "leak", waitMilliseconds: 60_000)
    )
    expect(
      reply.findings.map(\.position),
      equals: [SourcePosition(script: script, line: 12, column: 3)]
    )
  }

  @Test func `which snapshots of a long series are looked at is said once for all targets`()
    async throws
  {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await inventory([Fixture.target(1), Fixture.target(2)])
    let sessions = (1...8).map { $0 * 100 }
    try await series("leak", on: 1, first: 10, sessions: sessions)
    try await series("leak", on: 2, first: 20, sessions: sessions)

    let reply = try await fixture.queries.findLeaks(
      FindLeaksRequest(choice: .selector(""), series: "leak", waitMilliseconds: 60_000)
    )
    expect(reply.findings.first?.objectsPerStep.count, equals: 5)
    expect(
      reply.notes,
      equals: [
        "of 8 snapshots 6 are looked at, on 2 targets: in order of time number 1, 2, 3, 5, 6, 8"
      ]
    )
  }

  @Test func `without enough snapshots that is noted, and the last ones can be asked for`()
    async throws
  {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await inventory([Fixture.target(1), Fixture.target(2)])
    try await series("a", on: 1, first: 10, sessions: [100, 250])
    try await series("b", on: 1, first: 12, sessions: [400], epoch: "f")

    let named = try await fixture.queries.findLeaks(
      FindLeaksRequest(choice: .selector(""), series: "a", waitMilliseconds: 1_000)
    )
    expect(named.targetsExamined, equals: 0)
    #expect(named.notes.contains { $0.contains("i1") && $0.contains("2 complete snapshots") })
    #expect(named.notes.contains { $0.contains("i2") })

    let last = try await fixture.queries.findLeaks(
      FindLeaksRequest(choice: .selector(""), last: 3, waitMilliseconds: 60_000)
    )
    expect(last.targetsExamined, equals: 1)
    expect(last.findings.first?.className, equals: "LeakedSession")
    expect(last.findings.first?.comparedByID, equals: false)
    expect(
      last.findings.first?.idNote,
      equals: "another client, or the program itself, reset the ids between the snapshots"
    )

    await #expect(throws: QueryError.self) {
      try await fixture.queries.findLeaks(FindLeaksRequest(choice: .selector(""), last: 2))
    }
  }

  @Test func `two snapshots are compared by id within a series and by class otherwise`()
    async throws
  {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await series("leak", on: 1, first: 10, sessions: [100, 250])
    try await series("other", on: 2, first: 20, sessions: [300], epoch: "g")

    let byID = try await fixture.queries.compare(
      CompareRequest(baseSnapshotID: id(10), mainSnapshotID: id(11))
    )
    #expect(byID.byID)
    expect(byID.note, equals: "")
    let row = try #require(byID.classes.first { $0.name == "LeakedSession" })
    expect(row.addedCount, equals: 150)
    expect(row.removedCount, equals: 0)

    let byClass = try await fixture.queries.compare(
      CompareRequest(baseSnapshotID: id(11), mainSnapshotID: id(20))
    )
    expect(byClass.byID, equals: false)
    #expect(byClass.note.contains("two processes"))
    expect(byClass.classes.first { $0.name == "LeakedSession" }?.addedCount, equals: 50)
  }

  @Test func `sets of instances are compared by their latest classes`() async throws {
    let worker = Task { await fixture.analysis.run() }
    defer { worker.cancel() }
    try await inventory([
      Fixture.target(1), Fixture.target(2), Fixture.target(3, version: "1.4.1"),
      Fixture.target(4, version: "1.4.1"), Fixture.target(5),
    ])
    for (target, sessions) in [(1, 900), (2, 800), (3, 20), (4, 30)] {
      try await send(
        try LeakingHeap.upload(
          id(target),
          text: LeakingHeap.text(sessions: sessions),
          target: UInt64(target)
        )
      )
      _ = try await read(target)
    }
    #expect(
      try await eventually { try await fixture.series.histogram(of: id(4)) != nil }
    )
    let reply = try await fixture.queries.compareFleet(
      CompareFleetRequest(baseSelector: "version=1.4.1", mainSelector: "version=1.4.2")
    )
    expect(reply.baseInstances, equals: 2)
    expect(reply.mainInstances, equals: 2)
    #expect(reply.notes.contains { $0.contains("i5") })
    let row = try #require(reply.classes.first { $0.name == "LeakedSession" })
    expect(row.mainMedianCount, equals: 850)
    expect(row.mainInstancesAbove, equals: 2)
    #expect(row.significant)

    let single = try await fixture.queries.compareFleet(
      CompareFleetRequest(baseSelector: "instance=i3", mainSelector: "version=1.4.2")
    )
    let same = try #require(single.classes.first { $0.name == "LeakedSession" })
    expect(same.mainInstancesAbove, equals: 2)
    expect(same.significant, equals: false)
    expect(single.notes.first?.hasPrefix("too few instances to tell"), equals: true)

    // Where the largest classes alone are kept, one of the others did not come from nothing.
    for snapshot in [3, 4] {
      try await fixture.series.saveHistogram(
        ClassHistogramRecord(
          rows: [],
          omission: .init(classCount: 1, largestCount: 900, largestRetainedSize: 1 << 20)
        ),
        of: id(snapshot)
      )
    }
    let cut = try await fixture.queries.compareFleet(
      CompareFleetRequest(baseSelector: "version=1.4.1", mainSelector: "version=1.4.2")
    )
    let unknown = try #require(cut.classes.first { $0.name == "LeakedSession" })
    #expect(unknown.isBaseUnknown && unknown.isMainUnknown == false)
    expect(unknown.mainInstancesAbove, equals: 0)
  }
}
