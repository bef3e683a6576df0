internal import FleetProtocol
internal import HeapModel
internal import TestSupport
internal import Testing

/// What we write is always within the contract, whatever the host made us say.
@Suite struct WritingTests {
  @Test func `a text that is too long is cut at a character`() throws {
    let refusal = Refusal(reason: String(repeating: "é", count: 2_000))

    try expect(
      Refusal(decoding: refusal.encoded()).reason,
      equals: String(repeating: "é", count: 1_024)
    )
  }

  @Test func `a NUL in a text is shown as what it is not`() throws {
    let refusal = Refusal(reason: "node\0--inspect")

    try expect(Refusal(decoding: refusal.encoded()).reason, equals: "node\u{FFFD}--inspect")
  }

  @Test func `an empty text in a list is a text like any other`() throws {
    let frame = SamplingProfile.Frame(function: "", url: "", scriptID: "", line: 0, column: 0)
    let part = ProfilePart(
      frames: [frame],
      nodes: [],
      intervalBytes: 1,
      startedAt: 0,
      endedAt: 0
    )

    try expect(ProfilePart(decoding: part.encoded()), equals: part)
  }

  @Test func `a list that is too long is cut`() throws {
    let drops = Drops(drops: (0..<100).map { Drop(reason: "r\($0)", count: 1, bytes: 2) })
    let read = try Drops(decoding: drops.encoded())

    expect(read.drops, equals: Array(drops.drops.prefix(FleetLimits.dropReasons)))
  }

  @Test func `readings beyond the maximum are left out of every column`() throws {
    let reading = HeapUsage(
      time: 1,
      used: 2,
      total: 3,
      spaces: [HeapSpace(name: "old_space", used: 1, size: 1)]
    )
    let points = UsagePoints(
      targetID: TargetID(high: 0, low: 1),
      readings: Array(repeating: reading, count: 1_500)
    )

    let read = try UsagePoints(decoding: points.encoded())

    expect(read.readings, equals: Array(repeating: reading, count: FleetLimits.usagePoints))
  }

  @Test func `a number with a maximum is cut to it`() throws {
    let request = FindLeaksRequest(choice: .selector(""), waitMilliseconds: .max)

    try expect(FindLeaksRequest(decoding: request.encoded()).waitMilliseconds, equals: 60_000)
  }

  @Test func `a collector accepts its own major version and the one before`() {
    #expect(FleetVersion.accepts(major: FleetVersion.major))
    expect(FleetVersion.accepts(major: FleetVersion.major + 1), equals: false)
    expect(FleetVersion.accepts(major: 0), equals: false)
    expect(FleetVersion.accepts(major: .max), equals: false)
  }

  @Test func `methods are called where gRPC looks for them`() {
    expect(FleetMethods.Agents.control.path, equals: "/retinue.fleet.v1.Agents/Control")
    #expect(FleetMethods.Agents.control.asksInStream)
    expect(FleetMethods.Uploads.put.path, equals: "/retinue.fleet.v1.Uploads/Put")
    expect(FleetMethods.Uploads.put.answersInStream, equals: false)
    expect(FleetMethods.Queries.capture.asksInStream, equals: false)
    #expect(FleetMethods.Queries.capture.answersInStream)
  }
}
