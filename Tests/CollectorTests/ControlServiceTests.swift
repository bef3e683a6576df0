import Collector
import FleetProtocol
import HeapModel
import Store
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct ControlServiceTests {
  private let fixture = Fixture()

  private func connect(
    _ stream: ScriptedStream = ScriptedStream(),
    running: [String] = [],
    finished: [String] = []
  ) async -> (stream: ScriptedStream, task: Task<Void, any Error>, welcome: Welcome?) {
    let task = Task { try await fixture.control.serve(stream) }
    stream.hello(running: running, finished: finished)
    if case .welcome(let welcome)? = await stream.heard() { return (stream, task, welcome) }
    return (stream, task, nil)
  }

  private func acknowledgement(_ stream: ScriptedStream) async -> UInt64? {
    if case .acknowledgement(let last)? = await stream.heard() { return last.sequence }
    return nil
  }

  private func usage(_ time: UInt64) -> Readings {
    let reading = HeapUsage(time: time, used: 1, total: 2)
    return Readings(
      usage: [UsagePoints(targetID: Fixture.target(1).id, readings: [reading])])
  }

  @Test func `what an agent tells is committed and then acknowledged`() async throws {
    let (stream, task, welcome) = await connect()
    expect(welcome?.acknowledgedSequence, equals: 0)
    expect(welcome?.protocolMajor, equals: FleetVersion.major)

    stream.say(1, .inventory(Inventory(targets: [Fixture.target(1)])))
    await expect(acknowledgement(stream), equals: 1)
    try await expect(fixture.metadata.targets(.all, after: nil, limit: 9).count, equals: 1)
    stream.say(2, .readings(usage(5)))
    await expect(acknowledgement(stream), equals: 2)
    stream.say(3, .drops(Drops(drops: [Drop(reason: "spoolFull", count: 2, bytes: 9)])))
    await expect(acknowledgement(stream), equals: 3)
    // A kind of a later version is acknowledged like any other.
    stream.say(4, nil)
    await expect(acknowledgement(stream), equals: 4)

    stream.toCollector.close()
    try await task.value
    await expect(fixture.streams.count, equals: 0)
  }

  @Test func `what an agent's schedule asks for is commanded once, if it can be done`() async throws
  {
    let (stream, task, _) = await connect()
    stream.say(1, .inventory(Inventory(targets: [Fixture.target(1)])))
    await expect(acknowledgement(stream), equals: 1)
    let wish = ScheduledSnapshot(
      commandID: String(repeating: "5", count: 32),
      targetID: Fixture.target(1).id,
      waitMilliseconds: 1_000
    )
    var absent = wish
    (absent.commandID, absent.targetID) = (String(repeating: "6", count: 32), Fixture.target(2).id)
    stream.say(2, .scheduledSnapshot(absent))
    stream.say(3, .scheduledSnapshot(wish))
    stream.say(4, .scheduledSnapshot(wish))
    let command = await stream.heardCommand()
    expect(command?.id, equals: wish.commandID)
    expect(command?.targetID, equals: wish.targetID)

    stream.toCollector.close()
    try await task.value
    let acts = try await fixture.metadata.openActs()
    expect(acts.map(\.id), equals: [wish.commandID])
  }

  @Test func `what is sent again after a reconnect counts once`() async throws {
    let first = await connect()
    first.stream.say(1, .readings(usage(5)))
    await expect(acknowledgement(first.stream), equals: 1)
    first.stream.say(2, .drops(Drops(drops: [Drop(reason: "spoolAge", count: 1, bytes: 1)])))
    await expect(acknowledgement(first.stream), equals: 2)
    first.stream.toCollector.close()
    try await first.task.value

    let second = await connect()
    expect(second.welcome?.acknowledgedSequence, equals: 2)
    second.stream.say(1, .readings(usage(5)))
    await expect(acknowledgement(second.stream), equals: 2)
    second.stream.say(3, .readings(usage(6)))
    await expect(acknowledgement(second.stream), equals: 3)

    let points = try await fixture.series.usage(
      of: Fixture.target(1).id,
      in: 0..<100,
      limit: 9
    )
    expect(points.map(\.time), equals: [5, 6])
    try await expect(fixture.metadata.drops().map(\.count), equals: [1])
  }

  @Test func `a gap is a loss that is counted`() async throws {
    let (stream, _, _) = await connect()
    stream.say(1, .readings(usage(1)))
    await expect(acknowledgement(stream), equals: 1)
    stream.say(5, .readings(usage(2)))
    await expect(acknowledgement(stream), equals: 5)
    try await expect(
      fixture.metadata.drops(),
      equals: [DropRecord(reason: "sequenceGap", count: 3, bytes: 0)]
    )
  }

  @Test func `a version that is not spoken is refused with a sentence`() async throws {
    let stream = ScriptedStream()
    let task = Task { try await fixture.control.serve(stream) }
    stream.hello(major: FleetVersion.major + 1)
    guard case .refusal(let refusal)? = await stream.heard() else {
      Issue.record("no refusal")
      return
    }
    #expect(refusal.reason.contains("version"))
    try await task.value
  }

  @Test func `a stream that does not begin with hello, or says it twice, ends`() async throws {
    let stream = ScriptedStream()
    stream.say(1, .readings(usage(1)))
    await #expect(throws: ControlError.self) { try await fixture.control.serve(stream) }

    let (second, task, _) = await connect()
    second.hello()
    await #expect(throws: ControlError.self) { try await task.value }
    await expect(fixture.streams.count, equals: 0)
  }

  @Test func `a newer stream of an agent takes the place of the older`() async throws {
    let first = await connect()
    first.stream.say(1, .readings(usage(1)))
    await expect(acknowledgement(first.stream), equals: 1)

    let second = await connect()
    expect(second.welcome?.acknowledgedSequence, equals: 1)
    _ = try? await first.task.value
    await expect(fixture.streams.count, equals: 1)
    #expect(await fixture.acts.isConnected(Fixture.agent))
    second.stream.say(2, .readings(usage(2)))
    await expect(acknowledgement(second.stream), equals: 2)
  }

  @Test func `more agents than configured are refused`() async throws {
    for number in 0..<3 {
      _ = await fixture.streams.enter("agent\(number)") {}
    }
    let stream = ScriptedStream()
    let task = Task { try await fixture.control.serve(stream) }
    stream.hello()
    guard case .refusal(let refusal)? = await stream.heard() else {
      Issue.record("no refusal")
      return
    }
    #expect(refusal.reason.contains("--max-agents"))
    try await task.value
  }
}
