import Collector
import FleetProtocol
import HeapModel
import Store
import Synchronization
import TestSupport
import Testing

/// Requests from their question to their last event, with an agent that is played by the test.
@Suite(.timeLimit(.minutes(3))) struct CaptureTests {
  private let fixture = Fixture()
  private let caller = Caller(name: "test")

  /// Plays an agent with these targets.
  private func agent(_ targets: [TargetDescription]) async throws -> ScriptedStream {
    let stream = ScriptedStream()
    Task { try? await fixture.control.serve(stream) }
    stream.hello()
    guard case .welcome? = await stream.heard() else { throw Silent() }
    stream.say(1, .inventory(Inventory(targets: targets)))
    guard case .acknowledgement? = await stream.heard() else { throw Silent() }
    return stream
  }

  private struct Silent: Error {}

  private func question(
    choice: Choice,
    series: String = "",
    count: UInt32 = 0,
    intervalMilliseconds: UInt64 = 0,
    mark: String = "",
    estimateOnly: Bool = false,
    requestID: String = ""
  ) -> CaptureRequest {
    CaptureRequest(
      choice: choice,
      series: series,
      count: count,
      intervalMilliseconds: intervalMilliseconds,
      mark: mark,
      estimateOnly: estimateOnly,
      requestID: requestID
    )
  }

  private final class Events: Sendable {
    let all = Mutex<[TargetEvent]>([])
    func add(_ event: TargetEvent) { all.withLock { $0.append(event) } }
    var final: [TargetEvent] { all.withLock { $0.filter(\.state.isFinal) } }
  }

  private func upload(_ id: String, complete: Bool = true) async throws {
    let block = try Fixture.block(id, 0, at: 0, [1, 2, 3])
    _ = try await fixture.uploads.begin(Fixture.begin(id))
    _ = try await fixture.uploads.put(block)
    _ = try await fixture.uploads.commit(Fixture.commit(id, [block], complete: complete))
  }

  @Test func `a snapshot is done when its upload is committed`() async throws {
    let stream = try await agent([Fixture.target(1)])
    let events = Events()
    let request = Task {
      try await fixture.queries.capture(
        question(choice: .selector("service=checkout")),
        by: caller,
        events.add
      )
    }
    let command = try #require(await stream.heardCommand())
    guard case .takeSnapshot(let action)? = command.action else { throw Silent() }
    expect(command.deadline, equals: fixture.clock.now() + 2 * minute)
    expect(action.holdIDs, equals: false)
    stream.say(
      2,
      .commandUpdate(
        CommandUpdate(
          commandID: command.id,
          targetID: command.targetID,
          state: .running,
          done: 1,
          total: 9
        )
      )
    )
    try await upload(action.uploadID)
    try await request.value

    expect(events.final.count, equals: 1)
    expect(events.final.first?.state, equals: .done)
    expect(events.final.first?.snapshotID, equals: action.uploadID)
    expect(events.final.first?.instance, equals: "i1")
    let trail = try await fixture.metadata.auditTrail(limit: 1)
    expect(trail.first?.action, equals: "capture")
    expect(trail.first?.object, equals: "service=checkout")
  }

  @Test func `a fleet is captured one by one, and what cannot be is refused at once`()
    async throws
  {
    let bare = Fixture.target(3, state: .noInspector)
    var browser = Fixture.target(4)
    browser.capabilities = []
    browser.stateDetail = "the heaps of its pages are listed beside it"
    let stream = try await agent([Fixture.target(1), Fixture.target(2), bare, browser])
    let events = Events()
    let request = Task {
      try await fixture.queries.capture(
        question(choice: .selector("")),
        by: caller,
        events.add
      )
    }
    for _ in 0..<2 {
      let command = try #require(await stream.heardCommand())
      guard case .takeSnapshot(let action)? = command.action else { throw Silent() }
      #expect(events.all.withLock { $0.count { $0.state == .running } } <= 2)
      try await upload(action.uploadID)
    }
    try await request.value

    let states = Dictionary(
      events.final.map { ($0.targetID, $0.state) },
      uniquingKeysWith: { $1 }
    )
    expect(states[Fixture.target(1).id], equals: .done)
    expect(states[Fixture.target(2).id], equals: .done)
    expect(states[bare.id], equals: .refused)
    expect(events.final.first { $0.targetID == bare.id }?.reasonCode, equals: "noInspector")
    // A selector means heaps; whoever names what has none is told so.
    expect(states[browser.id], equals: nil)
    try await fixture.queries.capture(
      question(choice: .target(browser.id)),
      by: caller,
      events.add
    )
    expect(events.final.last?.reason, equals: browser.stateDetail)
  }

  @Test func `what is asked by its id alone is in no selector`() async throws {
    var parent = Fixture.target(1)
    parent.capabilities.insert(.onlyByID)
    parent.stateDetail = "a snapshot of the parent process stops all of Firefox"
    let stream = try await agent([parent, Fixture.target(2)])
    let events = Events()
    let request = Task {
      try await fixture.queries.capture(question(choice: .selector("")), by: caller, events.add)
    }
    let command = try #require(await stream.heardCommand())
    guard case .takeSnapshot(let action)? = command.action else { throw Silent() }
    expect(command.targetID, equals: Fixture.target(2).id)
    try await upload(action.uploadID)
    try await request.value
    expect(Set(events.final.map(\.targetID)), equals: [Fixture.target(2).id])

    try await fixture.queries.capture(
      question(choice: .selector("instance=i1")),
      by: caller,
      events.add
    )
    expect(events.final.last?.targetID, equals: parent.id)
    expect(events.final.last?.reason, equals: parent.stateDetail)
    let nothing = Events()
    try await fixture.queries.capture(
      question(choice: .selector("service=nobody")),
      by: caller,
      nothing.add
    )
    expect(nothing.final, equals: [])

    let byID = Task {
      try await fixture.queries.capture(
        question(choice: .target(parent.id)),
        by: caller,
        events.add
      )
    }
    let own = try #require(await stream.heardCommand())
    expect(own.targetID, equals: parent.id)
    byID.cancel()
    _ = try? await byID.value
  }

  @Test func `the same request id joins the running request`() async throws {
    let stream = try await agent([Fixture.target(1)])
    let question = question(choice: .selector(""), requestID: "mine")
    let first = Events()
    let second = Events()
    let firstRequest = Task { try await fixture.queries.capture(question, by: caller, first.add) }
    let command = try #require(await stream.heardCommand())
    firstRequest.cancel()
    _ = try? await firstRequest.value

    let secondRequest = Task { try await fixture.queries.capture(question, by: caller, second.add) }
    #expect(try await eventually { second.all.withLock { $0.isEmpty == false } })
    guard case .takeSnapshot(let action)? = command.action else { throw Silent() }
    try await upload(action.uploadID)
    try await secondRequest.value
    expect(second.final.map(\.snapshotID), equals: [action.uploadID])

    // And long after its end the same id tells the same.
    let third = Events()
    try await fixture.queries.capture(question, by: caller, third.add)
    expect(third.final.map(\.snapshotID), equals: [action.uploadID])
  }

  @Test func `a recording ends when nobody waits for it any more`() async throws {
    var target = Fixture.target(1)
    target.capabilities.insert(.allocationTimeline)
    let stream = try await agent([target, Fixture.target(2)])
    var question = question(choice: .selector(""))
    (question.timelineMilliseconds, question.timelineHasStacks) = (10_000, true)
    let events = Events()
    let request = Task { [question] in
      try await fixture.queries.capture(question, by: caller, events.add)
    }
    let command = try #require(await stream.heardCommand())
    guard case .takeSnapshot(let action)? = command.action else { throw Silent() }
    expect(action.recording, equals: AllocationRecording(milliseconds: 10_000, hasStacks: true))
    // The other target cannot record, and is not asked.
    #expect(try await eventually { events.final.map(\.reasonCode) == ["notSupported"] })

    request.cancel()
    _ = try? await request.value
    let end = try #require(await stream.heardCommand())
    expect(end.action, equals: .endSeries(EndSeries()))
    expect(end.targetID, equals: target.id)
    let trail = try await fixture.metadata.auditTrail(limit: 1)
    expect(trail.first?.detail, equals: "timeline of 10000 ms")
  }

  @Test func `a series holds ids from step to step and lets go at the last`() async throws {
    let stream = try await agent([Fixture.target(1)])
    let events = Events()
    let request = Task {
      try await fixture.queries.capture(
        question(
          choice: .target(Fixture.target(1).id),
          series: "leak",
          count: 3,
          intervalMilliseconds: 1_000
        ),
        by: caller,
        events.add
      )
    }
    let timer = Task { await fixture.acts.run() }
    defer { timer.cancel() }
    var holds: [Bool] = []
    for step in 0..<3 {
      if step > 0 {
        #expect(
          try await eventually {
            try await fixture.metadata.openActs().contains { $0.notBefore > fixture.clock.now() }
          }
        )
        fixture.clock.advance(by: second)
      }
      let command = try #require(await stream.heardCommand())
      guard case .takeSnapshot(let action)? = command.action else { throw Silent() }
      expect(action.step, equals: UInt32(step))
      expect(action.series, equals: "leak")
      holds.append(action.holdIDs)
      try await upload(action.uploadID)
    }
    try await request.value
    expect(holds, equals: [true, true, false])
    expect(events.final.map(\.step), equals: [0, 1, 2])
  }

  @Test func `a refusal of the agent is told with its reason, and listed`() async throws {
    let stream = try await agent([Fixture.target(1)])
    let events = Events()
    let request = Task {
      try await fixture.queries.capture(
        question(choice: .selector("")),
        by: caller,
        events.add
      )
    }
    let command = try #require(await stream.heardCommand())
    stream.say(
      2,
      .commandUpdate(
        CommandUpdate(
          commandID: command.id,
          targetID: command.targetID,
          state: .refused,
          reason: "needs 800 MB, 300 MB are free",
          reasonCode: "noMemory"
        )
      )
    )
    try await request.value

    expect(events.final.first?.reasonCode, equals: "noMemory")
    #expect(
      try await eventually {
        try await fixture.queries.listSnapshots(ListSnapshotsRequest(choice: .selector("")))
          .rows.first?.state == .refused
      }
    )
    let rows = try await fixture.queries.listSnapshots(
      ListSnapshotsRequest(choice: .selector(""))
    ).rows
    expect(rows.first?.reason, equals: "needs 800 MB, 300 MB are free")
  }

  @Test func `a collection tells what it did`() async throws {
    let stream = try await agent([Fixture.target(1)])
    let events = Events()
    let request = Task {
      try await fixture.queries.collect(
        CollectRequest(choice: .selector(""), requestID: ""),
        by: caller,
        events.add
      )
    }
    let command = try #require(await stream.heardCommand())
    expect(command.action, equals: .collectGarbage(CollectGarbage()))
    let effect = CollectionEffect(usedBefore: 90, usedAfter: 30, pauseNanoseconds: 5_000)
    stream.say(
      2,
      .commandUpdate(
        CommandUpdate(
          commandID: command.id,
          targetID: command.targetID,
          state: .done,
          collection: effect
        )
      )
    )
    try await request.value
    expect(events.final.first?.collection, equals: effect)
  }

  @Test func `a measurement is told with what it was, and refused where there is none`()
    async throws
  {
    var silent = Fixture.target(2)
    silent.runtime = .workerd
    var telling = Fixture.target(1)
    telling.capabilities.insert(.collectionWindow)
    let stream = try await agent([telling, silent])
    let events = Events()
    let request = Task {
      try await fixture.queries.measure(
        MeasureRequest(
          choice: .selector(""),
          kind: .collections,
          durationMilliseconds: 10_000,
          requestID: ""
        ),
        by: caller,
        events.add
      )
    }
    let command = try #require(await stream.heardCommand())
    guard case .measure(let action)? = command.action else { throw Silent() }
    expect(action.durationMilliseconds, equals: 10_000)
    let collection = CollectionActivity(kind: .major, time: 7, count: 1, pauseNanoseconds: 9)
    let measurement = Measurement(
      startedAt: 5,
      endedAt: 8,
      collections: CollectionPoints(targetID: telling.id, activities: [collection])
    )
    let block = try Fixture.block(action.uploadID, 0, at: 0, measurement.encoded())
    _ = try await fixture.uploads.begin(Fixture.begin(action.uploadID, kind: .measurement))
    _ = try await fixture.uploads.put(block)
    _ = try await fixture.uploads.commit(Fixture.commit(action.uploadID, [block]))
    stream.say(
      2,
      .commandUpdate(
        CommandUpdate(
          commandID: command.id,
          targetID: command.targetID,
          state: .done,
          uploadID: action.uploadID
        )
      )
    )
    try await request.value
    let refused = events.final.first { $0.state == .refused }
    expect(refused?.targetID, equals: silent.id)
    expect(
      refused?.reason,
      equals: "workerd tells nothing of its collections, neither by itself nor in a trace"
    )
    let done = events.final.first { $0.state == .done }
    let question = ReadMeasurementRequest(measurementID: try #require(done?.measurementID))
    try await expect(fixture.queries.readMeasurement(question), equals: measurement)
  }

  @Test func `who has nothing to do sleeps`() async throws {
    _ = try await agent([Fixture.target(1)])
    let loops = [
      Task { await fixture.acts.run() }, Task { await fixture.analysis.run() },
    ]
    try await Task.sleep(for: .milliseconds(200))
    for loop in loops { loop.cancel() }
    #expect((2...12).contains(fixture.clock.sleepCount), "\(fixture.clock.sleepCount) times")
  }

  @Test func `an estimate takes nothing and needs no agent`() async throws {
    _ = try await fixture.metadata.saveInventory(
      [Fixture.target(1)],
      at: 1,
      stamp: SequenceStamp(agentID: Fixture.agent, sequence: 1)
    )
    let reading = HeapUsage(time: 1, used: 100_000_000, total: 120_000_000)
    _ = try await fixture.series.append(
      [TargetReadings(targetID: Fixture.target(1).id, usage: [reading])],
      stamp: SequenceStamp(agentID: Fixture.agent, sequence: 2)
    )
    let events = Events()
    try await fixture.queries.capture(
      question(choice: .selector(""), estimateOnly: true),
      by: caller,
      events.add
    )

    expect(events.final.first?.estimatedGrowthBytes, equals: 1_600_000_000)
    #expect((events.final.first?.estimatedPauseMilliseconds ?? 0) > 0)
    try await expect(fixture.metadata.openActs(), equals: [])
  }

  private func recording(series: String = "", milliseconds: UInt64) -> CaptureRequest {
    var question = question(choice: .selector(""), series: series)
    question.timelineMilliseconds = milliseconds
    return question
  }

  @Test func `a question that makes no sense is answered with what is wrong`() async throws {
    let wrong = [
      question(choice: .selector("colour=red")),
      question(choice: .selector(""), count: 3),
      question(choice: .selector(""), series: "s", mark: "sideways"),
      question(choice: .selector(""), series: "s", count: 1_000),
      question(choice: .target(TargetID(high: 9, low: 9))),
      recording(series: "s", milliseconds: 1_000), recording(milliseconds: 3_600_000),
    ]
    for request in wrong {
      await #expect(throws: QueryError.self) {
        try await fixture.queries.capture(request, by: caller) { _ in }
      }
    }
  }

  @Test func `after a restart a waiting capture is still taken`() async throws {
    _ = try await agent([Fixture.target(1), Fixture.target(2)])
    let question = question(choice: .selector(""), requestID: "mine")
    let request = Task { try await fixture.queries.capture(question, by: caller) { _ in } }
    #expect(
      try await eventually {
        try await fixture.metadata.openActs().contains { $0.state == .running }
      }
    )
    request.cancel()

    // Another collector on the same store: nothing but the store is left of the first.
    let uploads = fixture.uploads
    let acts = ActCoordinator(metadata: fixture.metadata, clock: fixture.clock, log: fixture.log) {
      try await uploads.end($0, as: $1, reason: $2)
    }
    try await acts.restore()
    fixture.told.acts.withLock { $0 = acts }
    let outbox = ActCoordinator.Outbox()
    await acts.agentConnected(Fixture.agent, knows: [], outbox: outbox)
    for _ in 0..<2 {
      guard case .command(let command)? = await outbox.next(),
        case .takeSnapshot(let action)? = command.action
      else { throw Silent() }
      try await upload(action.uploadID)
    }
    #expect(
      try await eventually { try await fixture.metadata.request("mine")?.isOpen == false }
    )
    let states = try await fixture.metadata.acts(of: "mine").map(\.state)
    expect(states, equals: [.done, .done])
  }
}
