internal import JSONStream

/// Reads Firefox's packets from bytes cut anywhere, in bounded memory whatever their length.
///
/// A packet is `LENGTH:` and so many bytes of JSON, or `bulk ACTOR TYPE LENGTH:` and so many bytes of
/// anything. Lengths count bytes. Bulk bytes are handed on as they come; long strings of JSON, as
/// the address of a page can be, are cut, and a log of allocations is read into columns.
struct RDPReader: Sendable {
  /// What was in the bytes, in this order.
  enum Piece {
    /// A packet, and beside it the log of allocations that it told, where its arrays are left empty.
    case packet(JSONValue, AllocationLog?)
    case bulkBegan(actor: String)
    case bulkBytes([UInt8])
    case bulkEnded
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private enum State: Sendable {
    case header
    case json(rest: UInt64)
    case bulk(rest: UInt64)
  }

  /// Firefox's own limits.
  private static let headerLimit = 200
  private static let lengthLimit: UInt64 = 1 << 40
  /// Packets that we ask for have some kilobytes; the list of many tabs has the most.
  private static let packetLimit: UInt64 = 64 << 20

  private var state = State.header
  private var header: [UInt8] = []
  private var parser = PacketParser()

  /// - Throws: `Failure`: what comes behind cannot be told any more.
  mutating func consume(
    _ bytes: UnsafeRawBufferPointer,
    _ receive: (Piece) -> Void
  ) throws(Failure) {
    var rest = bytes[...]
    while rest.isEmpty == false {
      switch state {
      case .header:
        guard let end = rest.firstIndex(of: UInt8(ascii: ":")) else {
          header.append(contentsOf: rest)
          try checkHeader()
          return
        }
        header.append(contentsOf: rest[..<end])
        rest = rest[(end + 1)...]
        try checkHeader()
        try begin(receive)
      case .json(let length):
        let piece = rest.prefix(Int(clamping: length))
        rest = rest[piece.endIndex...]
        try parser.consume(UnsafeRawBufferPointer(rebasing: piece))
        state = .json(rest: length - UInt64(piece.count))
        try endPacket(receive)
      case .bulk(let length):
        let piece = rest.prefix(Int(clamping: length))
        rest = rest[piece.endIndex...]
        receive(.bulkBytes(Array(piece)))
        state = .bulk(rest: length - UInt64(piece.count))
        endBulk(receive)
      }
    }
  }

  private func checkHeader() throws(Failure) {
    guard header.count <= Self.headerLimit else {
      throw Failure(description: "a packet without a length")
    }
  }

  private mutating func begin(_ receive: (Piece) -> Void) throws(Failure) {
    let text = String(decoding: header, as: UTF8.self)
    header = []
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    let isBulk = words.count == 4 && words[0] == "bulk"
    guard isBulk || words.count == 1, let last = words.last,
      last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let length = UInt64(last), length <= (isBulk ? Self.lengthLimit : Self.packetLimit)
    else { throw Failure(description: "a packet that begins \(text.prefix(40).debugDescription)") }
    if isBulk {
      state = .bulk(rest: length)
      receive(.bulkBegan(actor: String(words[1])))
      endBulk(receive)
    } else {
      state = .json(rest: length)
      parser = PacketParser()
      try endPacket(receive)
    }
  }

  private mutating func endPacket(_ receive: (Piece) -> Void) throws(Failure) {
    guard case .json(0) = state else { return }
    state = .header
    let packet = try parser.finish()
    receive(.packet(packet.value, packet.log))
  }

  private mutating func endBulk(_ receive: (Piece) -> Void) {
    guard case .bulk(0) = state else { return }
    state = .header
    receive(.bulkEnded)
  }
}

/// Reads the JSON of one packet.
private struct PacketParser: Sendable {
  private static let limits = JSONTokenizer.Limits(
    depth: 64,
    keyBytes: 1 << 10,
    stringBytes: .max
  )

  private var tokenizer = JSONTokenizer(limits: limits)
  private var builder = CuttingBuilder()

  mutating func consume(_ bytes: UnsafeRawBufferPointer) throws(RDPReader.Failure) {
    do {
      try tokenizer.consume(bytes, into: &builder)
    } catch {
      throw RDPReader.Failure(description: "a packet that is no JSON: \(error)")
    }
  }

  mutating func finish() throws(RDPReader.Failure) -> (value: JSONValue, log: AllocationLog?) {
    do {
      try tokenizer.finish(into: &builder)
      return (builder.builder.value, builder.reader.log)
    } catch {
      throw RDPReader.Failure(description: "a packet that is no JSON: \(error)")
    }
  }
}

/// Builds a value whose strings are cut, since nothing that we ask for is longer, and from which a
/// log of allocations is taken out.
private struct CuttingBuilder: JSONTokenHandler, Sendable {
  private static let stringLimit = 4 << 10
  private static let valueLimit = 50_000

  private(set) var builder = JSONValueBuilder(valueLimit: valueLimit)
  private(set) var reader = AllocationLogReader()
  private var stringBytes = 0

  mutating func beganObject() throws {
    if reader.isInside { return reader.began() }
    reader.receivedOuterValue()
    try builder.beganObject()
  }

  mutating func endedObject() throws {
    if reader.isInside, reader.ended() { return }
    try builder.endedObject()
  }

  mutating func beganArray() throws -> JSONArrayTreatment {
    if reader.isInside {
      reader.began()
      return .tokens
    }
    reader.beganOuterArray()
    return try builder.beganArray()
  }

  mutating func endedArray() throws {
    if reader.isInside, reader.ended() { return }
    try builder.endedArray()
  }

  mutating func receivedKey(_ key: RawSpan) throws {
    if reader.isInside { return reader.receivedKey(key) }
    reader.receivedOuterKey(key)
    try builder.receivedKey(key)
  }

  mutating func receivedNumber(_ number: JSONNumber) throws {
    if reader.isInside { return reader.receivedNumber(number) }
    reader.receivedOuterValue()
    try builder.receivedNumber(number)
  }

  mutating func receivedBool(_ value: Bool) throws {
    if reader.isInside { return }
    reader.receivedOuterValue()
    try builder.receivedBool(value)
  }

  mutating func receivedNull() throws {
    if reader.isInside { return reader.receivedNull() }
    reader.receivedOuterValue()
    try builder.receivedNull()
  }

  mutating func receivedString(_ part: RawSpan, isLast: Bool) throws {
    if reader.isInside { return reader.receivedString(part, isLast: isLast) }
    reader.receivedOuterValue()
    let room = Self.stringLimit - stringBytes
    stringBytes = isLast ? 0 : min(stringBytes + part.byteCount, Self.stringLimit)
    try builder.receivedString(part.extracting(first: min(room, part.byteCount)), isLast: isLast)
  }
}
