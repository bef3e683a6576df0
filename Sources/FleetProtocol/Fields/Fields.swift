internal import CFleetMessages

/// The kinds of fields that messages have: one method each, which moves a field in the direction
/// of this pass.
///
/// When reading, a method checks what the contract says of the field before it builds a value, and
/// throws with the field's name. When writing, nothing throws: values are cut to the contract's
/// maxima, and memory comes from the arena of the message.
struct Fields {
  enum Direction {
    case reading
    case writing
  }

  private let direction: Direction
  private let arena: UnsafeMutablePointer<fleet_arena>?

  init(_ direction: Direction, arena: UnsafeMutablePointer<fleet_arena>?) {
    self.direction = direction
    self.arena = arena
  }

  var isReading: Bool { direction == .reading }

  /// Lends a pass that writes; everything it wrote is gone afterwards.
  static func writing<Value>(_ body: (Fields) -> Value) -> Value {
    let arena = UnsafeMutablePointer<fleet_arena>.allocate(capacity: 1)
    fleet_arena_init(arena, Int.max, 1_024)
    defer {
      fleet_arena_reset(arena)
      arena.deallocate()
    }
    return body(Fields(.writing, arena: arena))
  }

  /// Uninitialised memory for what is being written, alive as long as the pass.
  func allocate<Element>(
    _ count: Int,
    of type: Element.Type
  ) -> UnsafeMutableBufferPointer<Element> {
    guard count > 0 else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
    guard let memory = fleet_arena_alloc(arena, count * MemoryLayout<Element>.stride) else {
      preconditionFailure("no memory for a message that is being written")
    }
    return UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: Element.self, capacity: count),
      count: count
    )
  }

  /// A copy of elements for a C array.
  func copy<Element>(_ elements: some Collection<Element>) -> UnsafeMutablePointer<Element>? {
    let memory = allocate(elements.count, of: Element.self)
    _ = memory.initialize(from: elements)
    return memory.baseAddress
  }

  // MARK: - Numbers

  func value<Value>(_ value: inout Value, _ raw: inout Value) {
    if isReading { value = raw } else { raw = value }
  }

  /// A number with a maximum, to which it is cut when writing.
  func value(
    _ value: inout UInt32,
    _ raw: inout UInt32,
    _ name: StaticString,
    maximum: Int
  ) throws(FleetError) {
    guard isReading else {
      raw = UInt32(min(Int(value), maximum))
      return
    }
    guard raw <= maximum else {
      throw FleetError(.tooLarge, "\(name) is \(raw); at most \(maximum) is allowed")
    }
    value = raw
  }

  /// How long an answer may be waited for.
  func wait(_ milliseconds: inout UInt32, _ raw: inout UInt32) throws(FleetError) {
    try value(&milliseconds, &raw, "wait_millis", maximum: FleetLimits.analysisWaitMilliseconds)
  }

  func flag(_ value: inout Bool, _ raw: inout protobuf_c_boolean) {
    if isReading { value = raw != 0 } else { raw = value ? 1 : 0 }
  }

  /// A word of an enumeration that is a number on the wire; zero is never one.
  func word<Word: RawRepresentable<UInt8>>(
    _ word: inout Word,
    _ raw: inout UInt32,
    _ name: StaticString
  ) throws(FleetError) {
    guard isReading else {
      raw = UInt32(word.rawValue)
      return
    }
    guard raw != 0 else { throw FleetError(.malformed, "\(name) is missing") }
    guard let number = UInt8(exactly: raw), let known = Word(rawValue: number) else {
      throw FleetError(.unsupported, "\(name) \(raw) is not known to this version")
    }
    word = known
  }

  func word<Word: RawRepresentable<UInt8>, Enumeration: RawRepresentable<UInt32>>(
    _ word: inout Word,
    _ raw: inout Enumeration,
    _ name: StaticString
  ) throws(FleetError) {
    var number = raw.rawValue
    try self.word(&word, &number, name)
    if !isReading, let known = Enumeration(rawValue: number) { raw = known }
  }

  // MARK: - Columns

  /// A packed column of numbers.
  func column<Number>(
    _ values: inout [Number],
    _ raw: inout UnsafeMutablePointer<Number>?,
    _ count: inout Int,
    _ name: StaticString,
    maximum: Int
  ) throws(FleetError) {
    if isReading {
      try check(count, name, maximum: maximum)
      values = Array(UnsafeBufferPointer(start: raw, count: count))
    } else {
      count = min(values.count, maximum)
      raw = copy(values.prefix(count))
    }
  }

  /// Columns of one series have one length.
  func sameLength(_ counts: [Int], _ name: StaticString) throws(FleetError) {
    guard counts.allSatisfy({ $0 == counts.first }) else {
      throw FleetError(.malformed, "\(name): columns of different lengths: \(counts)")
    }
  }

  func check(_ count: Int, _ name: StaticString, maximum: Int) throws(FleetError) {
    guard count <= maximum else {
      throw FleetError(.tooLarge, "\(name) has \(count) elements; at most \(maximum) are allowed")
    }
  }

  // MARK: - Bytes

  /// Bytes of at most `maximum`; nothing is cut when writing.
  func bytes(
    _ bytes: inout [UInt8],
    _ raw: inout ProtobufCBinaryData,
    _ name: StaticString,
    maximum: Int
  ) throws(FleetError) {
    if isReading {
      guard raw.len <= maximum else {
        throw FleetError(.tooLarge, "\(name) has \(raw.len) bytes; at most \(maximum) are allowed")
      }
      bytes = Array(UnsafeBufferPointer(start: raw.data, count: raw.len))
    } else {
      raw.len = bytes.count
      raw.data = copy(bytes)
    }
  }

  /// A SHA-256: 32 bytes, always.
  func digest(
    _ digest: inout [UInt8],
    _ raw: inout ProtobufCBinaryData,
    _ name: StaticString
  ) throws(FleetError) {
    try bytes(&digest, &raw, name, maximum: 32)
    guard !isReading || digest.count == 32 else {
      throw FleetError(.malformed, "\(name) has \(digest.count) bytes instead of 32")
    }
  }
}
