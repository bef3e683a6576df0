internal import JSONStream

/// Sorts the tokens of one message: which belong to its head, which are streamed, which gathered.
///
/// Keys may come in any order; the two protocols write `id` at either end. Only streaming depends
/// on what came before: snapshot text of an event is known by its `method`, and a profile by its
/// call's `id`, which the protocols that have them write first.
struct MessageHandler: JSONTokenHandler {
  private enum Member {
    case id
    case method
    case error
    case payload
    case session
    case other
  }

  /// Where the tokens inside a member go.
  private enum Destination {
    case builder
    case text
    case enclosure
    case profile
    /// Dropped, because nobody wants it or it is too large.
    case nowhere
  }

  private let places: MessageReader.Places
  private let expectation: MessageReader.Expectation
  private(set) var message = IncomingMessage()

  /// Containers that are open; the message itself is the first.
  private var depth = 0
  private var member = Member.other
  /// Whether the member we are in is the one that can hold snapshot text.
  private var isTextContainer = false
  private var isEnclosureContainer = false
  private var destination = Destination.nowhere
  private var builder = JSONValueBuilder(valueLimit: .max)
  private var profile: SamplingProfileReader?
  /// Of the payload that is gathered: bytes and values so far.
  private var gatheredBytes = 0
  private var gatheredValues = 0
  private var headBytes: [UInt8] = []
  private var text: [UInt8] = []
  private var enclosure: [UInt8] = []

  init(places: MessageReader.Places, expecting expectation: MessageReader.Expectation) {
    self.places = places
    self.expectation = expectation
  }

  mutating func takeText() -> [UInt8] {
    guard text.isEmpty == false else { return [] }
    var taken: [UInt8] = []
    swap(&taken, &text)
    return taken
  }

  /// Bytes of the message inside, since the last call.
  mutating func takeEnclosure() -> [UInt8] {
    guard enclosure.isEmpty == false else { return [] }
    var taken: [UInt8] = []
    swap(&taken, &enclosure)
    return taken
  }

  mutating func beganObject() throws {
    beginContainer()
    switch destination {
    case .builder: try builder.beganObject()
    case .profile: profile?.beganObject()
    case .text, .enclosure, .nowhere: break
    }
  }

  mutating func endedObject() throws {
    switch destination {
    case .builder: try builder.endedObject()
    case .profile where depth > 2: profile?.ended()
    case .profile, .text, .enclosure, .nowhere: break
    }
    endContainer()
  }

  mutating func beganArray() throws -> JSONArrayTreatment {
    beginContainer()
    switch destination {
    case .builder: return try builder.beganArray()
    case .profile: profile?.beganArray()
    case .text, .enclosure, .nowhere: break
    }
    return .tokens
  }

  mutating func endedArray() throws {
    switch destination {
    case .builder: try builder.endedArray()
    case .profile where depth > 2: profile?.ended()
    case .profile, .text, .enclosure, .nowhere: break
    }
    endContainer()
  }

  mutating func receivedKey(_ key: RawSpan) throws {
    if depth == 1 {
      member = Self.member(key)
      isTextContainer = key.equals(places.snapshotText.container)
      isEnclosureContainer = places.enclosures.first.map { key.equals($0.container) } ?? false
      return
    }
    if depth == 2 { chooseDestination(for: key) }
    switch destination {
    case .builder:
      gather(key.byteCount)
      if destination == .builder { try builder.receivedKey(key) }
    case .profile: profile?.receivedKey(key)
    case .text, .enclosure, .nowhere: break
    }
  }

  mutating func receivedString(_ part: RawSpan, isLast: Bool) throws {
    guard depth > 1 else {
      receivedHeadString(part, isLast: isLast)
      return
    }
    switch destination {
    case .builder:
      gather(part.byteCount)
      if destination == .builder { try builder.receivedString(part, isLast: isLast) }
    case .text:
      part.withUnsafeBytes { text.append(contentsOf: $0) }
      if isLast { destination = .builder }
    case .enclosure:
      part.withUnsafeBytes { enclosure.append(contentsOf: $0) }
      if isLast { destination = .builder }
    case .profile:
      profile?.receivedString(part, isLast: isLast)
    case .nowhere:
      break
    }
  }

  mutating func receivedNumber(_ number: JSONNumber) throws {
    guard depth > 1 else {
      if member == .id { message.id = number.integer }
      return
    }
    switch destination {
    case .builder:
      gather(8)
      if destination == .builder { try builder.receivedNumber(number) }
    case .profile: profile?.receivedNumber(number)
    case .text, .enclosure, .nowhere: break
    }
  }

  mutating func receivedBool(_ value: Bool) throws {
    guard depth > 1, destination == .builder else { return }
    gather(1)
    if destination == .builder { try builder.receivedBool(value) }
  }

  mutating func receivedNull() throws {
    guard depth > 1, destination == .builder else { return }
    gather(1)
    if destination == .builder { try builder.receivedNull() }
  }
}

extension MessageHandler {
  private static func member(_ key: RawSpan) -> Member {
    if key.equals("id") { return .id }
    if key.equals("method") { return .method }
    if key.equals("error") { return .error }
    if key.equals("params") || key.equals("result") { return .payload }
    if key.equals("sessionId") { return .session }
    return .other
  }

  private mutating func beginContainer() {
    depth += 1
    guard depth == 2 else {
      gather(0)
      return
    }
    gatheredBytes = 0
    gatheredValues = 0
    switch member {
    case .error, .payload:
      builder = JSONValueBuilder(valueLimit: .max)
      destination = .builder
    case .id, .method, .session, .other:
      destination = .nowhere
    }
  }

  private mutating func endContainer() {
    depth -= 1
    guard depth == 1 else { return }
    switch (destination, member) {
    case (.builder, .error): message.failure = ProtocolFailure(builder.value)
    case (.builder, .payload): message.payload = builder.value
    case (.profile, _): message.profile = profile
    default: break
    }
    destination = .nowhere
  }

  /// A key of the payload itself may say that its value is streamed.
  private mutating func chooseDestination(for key: RawSpan) {
    guard destination == .builder, member == .payload else { return }
    if isTextContainer, places.snapshotText.isNamed(key, in: message) {
      message.streamedText = true
      destination = expectation.snapshotText ? .text : .nowhere
    } else if isEnclosureContainer, let place = places.enclosures.first,
      place.isNamed(key, in: message)
    {
      message.hasEnclosure = true
      destination = .enclosure
    } else if key.equals("profile"), let id = message.id,
      let after = expectation.profiles[id]
    {
      profile = SamplingProfileReader(after: after)
      destination = .profile
    }
  }

  private mutating func receivedHeadString(_ part: RawSpan, isLast: Bool) {
    guard depth == 1, member == .method || member == .session else { return }
    // Real methods have up to 60 bytes, session ids 32; whatever is longer is none that we know.
    if headBytes.count + part.byteCount <= 128 {
      part.withUnsafeBytes { headBytes.append(contentsOf: $0) }
    }
    guard isLast else { return }
    let text = String(decoding: headBytes, as: UTF8.self)
    headBytes = []
    if member == .method { message.method = text } else { message.sessionID = text }
  }

  /// Counts a token of the gathered payload, and drops the payload where it passes a limit.
  private mutating func gather(_ byteCount: Int) {
    guard destination == .builder else { return }
    gatheredBytes += byteCount
    gatheredValues += 1
    guard gatheredBytes > MessageReader.payloadLimit || gatheredValues > MessageReader.valueLimit
    else { return }
    message.isTooLarge = true
    destination = .nowhere
    builder = JSONValueBuilder(valueLimit: .max)
  }
}

extension MessageReader.TextPlace {
  /// Whether a key of the container holds the text, by what is known of the message so far.
  fileprivate func isNamed(_ key: RawSpan, in message: IncomingMessage) -> Bool {
    key.equals(self.key) && method == message.method
  }
}

extension RawSpan {
  func equals(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    return withUnsafeBytes { $0.elementsEqual(wanted) }
  }
}
