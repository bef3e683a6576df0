internal import FleetProtocol
internal import HeapModel
internal import TestSupport
internal import Testing

@Suite struct RoundTripTests {
  @Test func `every message of the contract has a Swift value`() {
    let known = Set(AnyMessage.all.map(\.name))

    // A column of UsagePoints, and never alone.
    expect(known.union(["SpacePoints"]), equals: Set(ContractSchema.shared.messages.keys))
  }

  @Test(arguments: AnyMessage.all)
  func `what was read is written back byte for byte`(message: AnyMessage) throws {
    for seed in 0..<200 {
      var random = RandomMessage(seed: UInt64(seed))
      let bytes = random.bytes(of: message.name)

      try expect(message.roundTrip(bytes), equals: bytes, "seed \(seed)")
    }
  }

  @Test(arguments: AnyMessage.all)
  func `each field arrives in the property of its name`(message: AnyMessage) throws {
    var random = RandomMessage(seed: 7)
    let value = try message.decode(random.bytes(of: message.name))
    let properties = flattened(value)

    for (field, written) in random.written {
      guard let expected = describe(written) else { continue }
      let name = swiftName(of: field, in: message.name)
      expect(properties[name], equals: expected, "\(field) as \(name)")
    }
  }

  @Test(arguments: AnyMessage.all)
  func `fields of a later version are passed over`(message: AnyMessage) throws {
    var random = RandomMessage(seed: 3)
    let bytes = random.bytes(of: message.name)
    var later = WireWriter()
    later.raw(bytes)
    later.number(900, 42)
    later.text(901, "what a later version says")
    later.fixed64(902, 1)

    try expect(message.roundTrip(later.bytes), equals: bytes)
  }

  @Test func `a reading keeps what is known apart from zero`() throws {
    let known = HeapUsage(
      time: 1,
      used: 2,
      total: 3,
      limit: 0,
      external: 4,
      arrayBuffers: 0,
      residentSize: 5,
      spaces: [HeapSpace(name: "new_space", used: 1, size: 2)],
      documents: DocumentCounts(documents: 0, nodes: 6, eventListeners: 7)
    )
    let bare = HeapUsage(time: 2, used: 3, total: 4)
    let id = TargetID(high: 1, low: 2)
    let points = UsagePoints(targetID: id, readings: [known, bare, known])

    try expect(UsagePoints(decoding: points.encoded()), equals: points)
  }

  @Test func `a row carries its target's last reading`() throws {
    let row = TargetRow(
      target: TargetDescription(
        id: TargetID(high: 1, low: 2),
        labels: TargetLabels(service: "checkout"),
        runtime: .node,
        runtimeVersion: "v24",
        processID: 7,
        bootID: "b",
        hostName: "h",
        title: "t",
        state: .attached,
        startedAt: 1
      ),
      usage: HeapUsage(time: 1, used: 2, total: 3),
      lastSeen: 9,
      growth: TargetRow.Growth(bytesPerHour: 0, low: -1, high: 1, points: 12),
      agentID: String(repeating: "a", count: 32)
    )

    try expect(TargetRow(decoding: row.encoded()), equals: row)
  }

  @Test func `a message of a kind that is not known yet has no body`() throws {
    var later = WireWriter()
    later.number(1, 17)
    later.delimited(40, [])

    let message = try AgentMessage(decoding: later.bytes)

    expect(message.sequence, equals: 17)
    #expect(message.body == nil)

    var reply = WireWriter()
    reply.delimited(40, [])
    try expect(CollectorMessage(decoding: reply.bytes), equals: .unknown)
  }

  @Test func `a block in two pieces is the same message`() throws {
    let block = PutBlock(
      uploadID: String(repeating: "0", count: 32),
      index: 3,
      offset: 1 << 40,
      rawSize: 1 << 20,
      kind: 2,
      sha256: Array(repeating: 9, count: 32),
      payload: (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    )
    let sent = Block(index: 1, kind: 2, rawSize: 3, payload: [1])
    let empty = Block(index: 1, kind: 2, rawSize: 0, payload: [])

    for (pieces, whole) in [
      (block.encodedInPieces(), block.encoded()), (sent.encodedInPieces(), sent.encoded()),
      (empty.encodedInPieces(), empty.encoded()),
    ] {
      expect(pieces.head + pieces.payload, equals: whole)
    }
  }

  private func describe(_ written: RandomMessage.Written) -> String? {
    switch written {
    case .number(let value): "\(value)"
    case .signed(let value): "\(value)"
    case .double(let value): "\(value)"
    case .text(let text): text
    case .other: nil
    }
  }
}

/// Every property of a value and of the values in it, by name; lists and nested messages aside.
private func flattened(_ value: Any) -> [String: String] {
  var properties: [String: String] = [:]
  for child in Mirror(reflecting: value).children {
    let label = child.label ?? ""
    switch child.value {
    case let number as any BinaryInteger: properties[label] = "\(number)"
    case let number as Double: properties[label] = "\(number)"
    case let text as String: properties[label] = text
    case let id as TargetID: properties[label] = id.description
    case let state as TargetState: properties[label] = "\(state.rawValue)"
    case let state as CaptureState: properties[label] = "\(state.rawValue)"
    case let kind as MeasurementKind: properties[label] = "\(kind.rawValue)"
    case let bits as Capabilities: properties[label] = "\(bits.rawValue)"
    case let runtime as RuntimeKind:
      properties[label] = runtime.rawValue
      properties["engine"] = runtime.engine.name
    case let list as any Sequence where Mirror(reflecting: list).displayStyle == .collection: break
    default: properties.merge(flattened(child.value)) { own, _ in own }
    }
  }
  return properties
}

/// How a field of the contract is called in Swift.
private func swiftName(of field: String, in message: String) -> String {
  let renamed: [String: String] = [
    "started_unix_nanos": "startedAt", "ended_unix_nanos": "endedAt",
    "taken_unix_nanos": "takenAt", "growth_per_hour": "bytesPerHour", "growth_low": "low",
    "growth_high": "high", "growth_points": "points", "redaction_mode": "mode",
    "redaction_policy": "policyID",
  ]
  if message == "Choice" {
    return field == "target_id" ? "target" : field
  }
  if let name = renamed[field] { return name }
  let words = field.replacing("_unix_nanos", with: "").split(separator: "_")
  let camel = words.enumerated().map { index, word in
    switch word {
    case "id" where index > 0: "ID"
    case "ids" where index > 0: "IDs"
    case "millis": "Milliseconds"
    case "nanos": "Nanoseconds"
    case "micros": "Microseconds"
    default: index == 0 ? String(word) : word.prefix(1).uppercased() + word.dropFirst()
    }
  }
  return camel.joined()
}
