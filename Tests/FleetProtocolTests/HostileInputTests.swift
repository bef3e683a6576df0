internal import FleetProtocol
internal import HeapModel
internal import TestSupport
internal import Testing

/// What a peer can send that is no message: all of it is refused, with the right code.
@Suite struct HostileInputTests {
  private let id = String(repeating: "a", count: 32)

  @Test(
    arguments: [
      ("a length past the end", [0x0A, 0x7F, 0x61]),
      ("a length of 2^32 - 1", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
      ("a length of 2^64 - 1", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
      ("a varint of 11 bytes", [0x10] + Array(repeating: 0xFF, count: 10) + [0x01]),
      ("a varint that ends early", [0x10, 0x80]),
      ("field 0", [0x00, 0x01]),
      ("a group", [0x0B, 0x0C]),
      ("the end of a group", [0x0C]),
      ("wire type 7", [0x0F, 0x01]),
      ("a number where a text belongs", [0x08, 0x01]),
      ("groups nested 10,000 deep in an unknown field", Array(repeating: 0xA3, count: 10_000)),
    ] as [(String, [UInt8])]
  )
  func `what is not protobuf is malformed`(name: String, bytes: [UInt8]) {
    expect(code { try Refusal(decoding: bytes) }, equals: .malformed, "\(name)")
  }

  @Test func `a text with a NUL inside is malformed and not cut`() {
    var writer = WireWriter()
    writer.delimited(1, [0x61, 0x00, 0x62])

    expect(code { try Refusal(decoding: writer.bytes) }, equals: .malformed)
  }

  @Test(arguments: [[0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]])
  func `a text that is not UTF-8 is malformed`(text: [UInt8]) {
    var writer = WireWriter()
    writer.delimited(1, text)

    expect(code { try Refusal(decoding: writer.bytes) }, equals: .malformed)
  }

  @Test func `a text is as long as the contract allows and no longer`() throws {
    let longest = String(repeating: "x", count: FleetLimits.text)
    var fits = WireWriter()
    fits.text(1, longest)
    var passes = WireWriter()
    passes.text(1, longest + "x")

    try expect(Refusal(decoding: fits.bytes).reason, equals: longest)
    expect(code { try Refusal(decoding: passes.bytes) }, equals: .tooLarge)
  }

  @Test(arguments: [
    "", "a", "A" + String(repeating: "a", count: 31), String(repeating: "g", count: 32),
  ])
  func `an identifier is 32 lower-case hexadecimal digits`(text: String) {
    var writer = WireWriter()
    writer.text(1, text)

    expect(code { try BeginUpload(decoding: writer.bytes) }, equals: .malformed)
  }

  @Test func `a word that this version does not know is unsupported`() {
    var state = WireWriter()
    state.text(1, id)
    state.text(2, id)
    var missing = state
    state.number(3, 99)
    missing.number(3, 0)

    expect(code { try CommandUpdate(decoding: state.bytes) }, equals: .unsupported)
    expect(code { try CommandUpdate(decoding: missing.bytes) }, equals: .malformed)
  }

  @Test func `a runtime with another's engine is malformed`() {
    var writer = WireWriter()
    writer.text(1, id)
    writer.text(7, "bun")
    writer.text(9, "v8")

    expect(code { try TargetDescription(decoding: writer.bytes) }, equals: .malformed)
  }

  @Test func `columns of different lengths are malformed`() {
    var writer = WireWriter()
    writer.text(1, id)
    writer.delimited(2, littleEndian(1) + littleEndian(2))
    writer.delimited(3, [0, 0])
    for field in 4...10 { writer.delimited(field, field == 7 ? [1] : [1, 1]) }

    expect(code { try UsagePoints(decoding: writer.bytes) }, equals: .malformed)
  }

  @Test func `a space that speaks of no reading is malformed`() {
    var space = WireWriter()
    space.text(1, "new_space")
    for (field, byte) in [(2, 1), (3, 5), (4, 5)] { space.delimited(field, [UInt8(byte)]) }
    var writer = WireWriter()
    writer.text(1, id)
    writer.delimited(2, littleEndian(1))
    for field in 3...10 { writer.delimited(field, [0]) }
    writer.delimited(11, space.bytes)

    expect(code { try UsagePoints(decoding: writer.bytes) }, equals: .malformed)
  }

  @Test func `a list is as long as the contract allows and no longer`() throws {
    func hello(_ count: Int) -> [UInt8] {
      var writer = WireWriter()
      writer.text(3, id)
      for _ in 0..<count { writer.text(7, id) }
      return writer.bytes
    }

    try expect(Hello(decoding: hello(FleetLimits.commands)).runningCommands.count, equals: 1_024)
    expect(code { try Hello(decoding: hello(FleetLimits.commands + 1)) }, equals: .tooLarge)
  }

  @Test func `empty messages do not grow past the arena`() {
    let bytes = Array(repeating: [0x0A, 0x00] as [UInt8], count: 1 << 20).flatMap { $0 }

    expect(code { try FindLeaksReply(decoding: bytes) }, equals: .tooLarge)
  }

  @Test func `unknown fields do not grow past the arena`() {
    let bytes = Array(repeating: [0x78, 0x01] as [UInt8], count: 1 << 20).flatMap { $0 }

    expect(code { try Refusal(decoding: bytes) }, equals: .tooLarge)
  }

  @Test func `a message past 2 MiB is not looked at`() {
    expect(
      code { try Refusal(decoding: Array(repeating: 0, count: 2 << 20 + 1)) },
      equals: .tooLarge
    )
  }

  @Test func `no bytes are a message with nothing in it`() throws {
    try expect(Refusal(decoding: [] as [UInt8]).reason, equals: "")
    expect(code { try Hello(decoding: [] as [UInt8]) }, equals: .malformed)
  }

  @Test func `a block says no more than a block holds`() {
    var writer = WireWriter()
    writer.number(3, UInt64(FleetLimits.block) + 1)

    expect(code { try Block(decoding: writer.bytes) }, equals: .tooLarge)
  }

  @Test func `a choice by id and selector at once is malformed`() {
    var writer = WireWriter()
    writer.text(1, id)
    writer.text(2, "service=checkout")

    expect(code { try Choice(decoding: writer.bytes) }, equals: .malformed)
  }

  @Test func `a capture of everything must be asked for`() {
    var writer = WireWriter()
    writer.text(8, id)

    expect(code { try CaptureRequest(decoding: writer.bytes) }, equals: .malformed)
  }

  @Test(arguments: AnyMessage.all)
  func `1,000 mutations of a message never do harm`(message: AnyMessage) throws {
    var random = SeededGenerator(seed: 25)
    let samples = (0..<20).map { seed in
      var content = RandomMessage(seed: UInt64(seed))
      return content.bytes(of: message.name)
    }
    for turn in 0..<1_000 {
      let bytes = mutated(samples[turn % samples.count], using: &random)
      // What is accepted nevertheless is a value like any other.
      guard let once = try? message.roundTrip(bytes) else { continue }
      try expect(message.roundTrip(once), equals: once, "turn \(turn)")
    }
  }

  private func mutated(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(index...)
      case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
      default: bytes.insert(contentsOf: bytes[index...].prefix(16), at: index)
      }
    }
    return bytes
  }

  private func code(_ body: () throws -> Any) -> FleetError.Code? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? FleetError)?.code
    }
  }
}
