internal import CFleetMessages
internal import HeapModel

typealias RawText = UnsafeMutablePointer<CChar>

extension Fields {
  /// A text for people, or a word that this layer does not interpret.
  func text(
    _ text: inout String,
    _ raw: inout RawText?,
    _ name: StaticString,
    maximum: Int = FleetLimits.text
  ) throws(FleetError) {
    if isReading {
      text = try read(raw, name, maximum: maximum)
    } else {
      raw = written(text, maximum: maximum)
    }
  }

  func texts(
    _ texts: inout [String],
    _ raw: inout UnsafeMutablePointer<RawText?>?,
    _ count: inout Int,
    _ name: StaticString,
    maximum: Int
  ) throws(FleetError) {
    guard isReading else {
      count = min(texts.count, maximum)
      // In a list the empty text is a text too: libprotobuf-c follows every pointer there.
      raw = copy(texts.prefix(count).map { written($0) })
      return
    }
    try check(count, name, maximum: maximum)
    texts = []
    texts.reserveCapacity(count)
    for text in UnsafeBufferPointer(start: raw, count: count) {
      texts.append(try read(text, name, maximum: FleetLimits.text))
    }
  }

  /// 32 lower-case hexadecimal digits.
  func identifier(
    _ identifier: inout String,
    _ raw: inout RawText?,
    _ name: StaticString
  ) throws(FleetError) {
    try text(&identifier, &raw, name, maximum: 32)
    if isReading { try checkIdentifier(identifier, name) }
  }

  /// As `identifier`, or nothing.
  func identifier(
    _ identifier: inout String?,
    _ raw: inout RawText?,
    _ name: StaticString
  ) throws(FleetError) {
    var text = identifier ?? ""
    try self.text(&text, &raw, name, maximum: 32)
    guard isReading else { return }
    identifier = text.isEmpty ? nil : text
    if !text.isEmpty { try checkIdentifier(text, name) }
  }

  func identifiers(
    _ identifiers: inout [String],
    _ raw: inout UnsafeMutablePointer<RawText?>?,
    _ count: inout Int,
    _ name: StaticString,
    maximum: Int
  ) throws(FleetError) {
    try texts(&identifiers, &raw, &count, name, maximum: maximum)
    guard isReading else { return }
    for identifier in identifiers { try checkIdentifier(identifier, name) }
  }

  func target(
    _ id: inout TargetID,
    _ raw: inout RawText?,
    _ name: StaticString
  ) throws(FleetError) {
    var text = id.description
    try self.text(&text, &raw, name, maximum: 32)
    guard let read = TargetID(text) else { throw notAnIdentifier(name) }
    id = read
  }

  private func checkIdentifier(_ text: String, _ name: StaticString) throws(FleetError) {
    guard TargetID(text) != nil else { throw notAnIdentifier(name) }
  }

  private func notAnIdentifier(_ name: StaticString) -> FleetError {
    FleetError(.malformed, "\(name) is not 32 lower-case hexadecimal digits")
  }

  private func read(
    _ raw: RawText?,
    _ name: StaticString,
    maximum: Int
  ) throws(FleetError) -> String {
    let length = fleet_arena_text_length(raw)
    guard length >= 0 else { throw FleetError(.malformed, "\(name) contains a NUL") }
    guard length <= maximum else {
      throw FleetError(.tooLarge, "\(name) has \(length) bytes; at most \(maximum) are allowed")
    }
    let bytes = UnsafeRawBufferPointer(start: raw, count: length)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FleetError(.malformed, "\(name) is not UTF-8")
    }
    return text
  }

  /// A C string of the text, as much of it as is allowed.
  ///
  /// Also of an empty one: libprotobuf-c follows every pointer of a list.
  private func written(_ text: String, maximum: Int = FleetLimits.text) -> RawText? {
    var text = text.utf8.contains(0) ? text.replacingNULs : text
    if text.utf8.count > maximum { text = text.prefix(utf8: maximum) }
    return text.withUTF8 { bytes in
      let memory = allocate(bytes.count + 1, of: UInt8.self)
      let end = memory.initialize(fromContentsOf: bytes)
      memory[end] = 0
      return memory.baseAddress.map {
        UnsafeMutableRawPointer($0).assumingMemoryBound(to: CChar.self)
      }
    }
  }
}

extension String {
  /// As many whole characters from the start as fit into `count` bytes of UTF-8.
  fileprivate func prefix(utf8 count: Int) -> String {
    var size = 0
    let fitting = prefix { character in
      size += character.utf8.count
      return size <= count
    }
    return String(fitting)
  }

  fileprivate var replacingNULs: String {
    var scalars = UnicodeScalarView()
    scalars.append(contentsOf: unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 })
    return String(scalars)
  }
}
