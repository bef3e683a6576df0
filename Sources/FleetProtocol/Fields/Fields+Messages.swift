internal import CFleetMessages

extension Fields {
  /// A message in a message that must be there.
  func message<Message: MappedMessage>(
    _ message: inout Message,
    _ raw: inout UnsafeMutablePointer<Message.Raw>?,
    _ name: StaticString
  ) throws(FleetError) {
    guard isReading else {
      raw = written(message)
      return
    }
    guard let raw else { throw FleetError(.malformed, "\(name) is missing") }
    message = try read(raw)
  }

  func message<Message: MappedMessage>(
    _ message: inout Message?,
    _ raw: inout UnsafeMutablePointer<Message.Raw>?
  ) throws(FleetError) {
    if isReading {
      message = nil
      if let raw { message = try read(raw) }
    } else {
      raw = message.map { written($0) }
    }
  }

  func messages<Message: MappedMessage>(
    _ messages: inout [Message],
    _ raw: inout UnsafeMutablePointer<UnsafeMutablePointer<Message.Raw>?>?,
    _ count: inout Int,
    _ name: StaticString,
    maximum: Int
  ) throws(FleetError) {
    guard isReading else {
      count = min(messages.count, maximum)
      raw = copy(messages.prefix(count).map { written($0) })
      return
    }
    try check(count, name, maximum: maximum)
    messages = []
    messages.reserveCapacity(count)
    for element in UnsafeBufferPointer(start: raw, count: count) {
      // libprotobuf-c leaves no gap in a list.
      guard let element else { throw FleetError(.malformed, "\(name) has an empty element") }
      messages.append(try read(element))
    }
  }

  /// Reads one arm of a oneof, whose case the caller has looked at.
  func read<Message: MappedMessage>(
    _ raw: UnsafeMutablePointer<Message.Raw>?
  ) throws(FleetError) -> Message {
    guard let raw else { throw FleetError(.malformed, "an empty message in \(Message.self)") }
    var message = Message()
    try message.exchange(&raw.pointee, self)
    return message
  }

  /// A C struct of the message, alive as long as the pass.
  func written<Message: MappedMessage>(_ message: Message) -> UnsafeMutablePointer<Message.Raw> {
    guard let raw = allocate(1, of: Message.Raw.self).baseAddress else {
      preconditionFailure("a message has a size")
    }
    Message.format.initialize(raw)
    var message = message
    do throws(FleetError) {
      try message.exchange(&raw.pointee, self)
    } catch {
      preconditionFailure("writing \(Message.self): \(error)")
    }
    return raw
  }
}
