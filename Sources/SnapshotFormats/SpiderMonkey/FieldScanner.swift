internal import HeapModel

/// One field of a message, or what stands between two messages.
enum WireEvent {
  /// A message begins; a message without fields ends at once.
  case message(byteCount: UInt64)
  case value(field: UInt64, UInt64)
  case bytes(field: UInt64, WireInput)
  /// A field of a form that this format does not use.
  case other
  /// The bytes end inside a field: it goes on when there are this many from where it began.
  case needs(Int)
}

/// Finds the fields of the outermost messages in a stream of messages, each behind its length.
///
/// A message may be of any length, since nothing but one field of it is ever held; a field has a
/// limit. Fields of messages inside messages are whole by then, and are read where they lie.
struct FieldScanner {
  /// Bytes of the current message that are still to come; nil between two messages.
  private(set) var messageRest: UInt64?
  private let fieldByteLimit: UInt64

  init(fieldByteLimit: Int) {
    self.fieldByteLimit = UInt64(fieldByteLimit)
  }

  /// The current message has been read to its end.
  var isMessageComplete: Bool { messageRest == 0 }

  mutating func endMessage() {
    messageRest = nil
  }

  /// Reads the next field, and takes its bytes unless it needs more.
  @inline(__always)
  mutating func next(
    _ input: inout WireInput,
    at offset: UInt64
  ) throws(SnapshotError) -> WireEvent {
    guard let rest = messageRest else { return try messageLength(&input, offset) }
    let available = input.count
    let start = input.place
    var field = WireInput(start, count: Int(min(UInt64(available), rest)))
    guard let tag = field.varint() else { return try unfinished(field, start, rest, offset) }
    let number = tag &>> 3
    let event: WireEvent
    switch WireInput.Form(rawValue: tag & 7) {
    case .varint:
      guard let value = field.varint() else { return try unfinished(field, start, rest, offset) }
      event = .value(field: number, value)
    case .bytes:
      guard let length = field.varint() else { return try unfinished(field, start, rest, offset) }
      let header = field.place - start
      guard length <= rest &- UInt64(header) else {
        throw malformed("a field of \(length) bytes in a message with fewer left", offset)
      }
      guard length <= fieldByteLimit else {
        throw SnapshotError(.tooLarge, "a field of more than \(fieldByteLimit) bytes", at: offset)
      }
      guard let bytes = field.take(length) else { return .needs(header + Int(length)) }
      event = .bytes(field: number, bytes)
    case .eightBytes, .fourBytes:
      let width: UInt64 = tag & 7 == 1 ? 8 : 4
      guard field.take(width) != nil else { return try unfinished(field, start, rest, offset) }
      event = .other
    case nil:
      throw malformed("a field of an unknown form", offset)
    }
    let used = UInt64(field.place - start)
    messageRest = rest &- used
    _ = input.take(used)
    return event
  }

  private mutating func messageLength(
    _ input: inout WireInput,
    _ offset: UInt64
  ) throws(SnapshotError) -> WireEvent {
    guard let length = input.varint() else {
      guard input.count < WireInput.varintByteLimit else {
        throw malformed("the length of a message does not end", offset)
      }
      return .needs(input.count + 1)
    }
    messageRest = length
    return .message(byteCount: length)
  }

  /// The bytes end inside a field's number, value or length: more are needed, if its message goes
  /// on and it can still be valid.
  private func unfinished(
    _ field: WireInput,
    _ start: UnsafePointer<UInt8>,
    _ rest: UInt64,
    _ offset: UInt64
  ) throws(SnapshotError) -> WireEvent {
    let available = field.end - start
    guard UInt64(available) < rest else {
      throw malformed("a field goes on beyond its message", offset)
    }
    guard field.count < WireInput.varintByteLimit else {
      throw malformed("a number of more than \(WireInput.varintByteLimit) bytes", offset)
    }
    return .needs(available + 1)
  }

  private func malformed(_ message: String, _ offset: UInt64) -> SnapshotError {
    SnapshotError(.malformed, message, at: offset)
  }
}
