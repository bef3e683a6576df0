internal import JSONStream

/// What Firefox tells of the allocations that it logged since it told the last time.
struct AllocationLog: Sendable {
  /// A place on a stack, with who called it by number; lines and columns from one, 0 where there is
  /// none.
  struct Frame: Hashable, Sendable {
    var function = ""
    var source = ""
    var line: Int64 = 0
    var column: Int64 = 0
    var caller: UInt32 = 0
  }

  /// Per allocation the innermost frame's number; 0 where there was no stack.
  fileprivate(set) var stacks: [UInt32] = []
  /// Per allocation its bytes.
  fileprivate(set) var sizes: [UInt64] = []
  /// All frames that the actor ever named, by number; the first is none.
  ///
  /// Firefox sends the whole table each time.
  fileprivate(set) var frames: [Frame] = []
}

/// Reads a log from the tokens of a packet, where it is four arrays among its members.
///
/// As values these would be a million small ones; here they are numbers in columns.
struct AllocationLogReader: Sendable {
  private enum Column {
    case stacks, sizes, times, frames
  }

  private enum FrameKey {
    case line, column, source, function, parent, asynchronousParent, other
  }

  private static let entryLimit = 1 << 17
  /// More are one and the same unknown place.
  private static let frameLimit = 1 << 16
  private static let textLimit = 1 << 10

  /// The log so far; nil while the packet has shown none.
  private(set) var log: AllocationLog?
  /// The array that comes behind the last key.
  private var next: Column?
  private var current: Column?
  /// Containers that are open within the array.
  private var depth = 0
  private var key = FrameKey.other
  private var frame = AllocationLog.Frame()
  private var text: [UInt8] = []

  /// Whether the tokens belong to one of the arrays, until it ends.
  var isInside: Bool { current != nil }

  /// A key of the packet, outside of the arrays.
  mutating func receivedOuterKey(_ text: RawSpan) {
    next = Self.columns.first { text.isEqual(to: $0.0) }?.1
  }

  /// What stands behind the last key is no array.
  mutating func receivedOuterValue() {
    next = nil
  }

  /// An array begins outside of ours, and may be one of ours.
  mutating func beganOuterArray() {
    guard let next else { return }
    (current, depth) = (next, 0)
    self.next = nil
    if log == nil { log = AllocationLog() }
  }

  mutating func began() {
    depth += 1
    if depth == 1 { frame = AllocationLog.Frame() }
  }

  /// A container ends; false if it is our array itself.
  mutating func ended() -> Bool {
    guard depth > 0 else {
      current = nil
      return false
    }
    depth -= 1
    if depth == 0, case .frames = current { append(frame) }
    return true
  }

  mutating func receivedKey(_ text: RawSpan) {
    key = depth == 1 ? Self.keys.first { text.isEqual(to: $0.0) }?.1 ?? .other : .other
  }

  mutating func receivedNumber(_ number: JSONNumber) {
    let value = number.integer ?? 0
    switch (current, depth) {
    case (.stacks, 0):
      guard let count = log?.stacks.count, count < Self.entryLimit else { return }
      log?.stacks.append(UInt32(clamping: value))
    case (.sizes, 0):
      guard let count = log?.sizes.count, count < Self.entryLimit else { return }
      log?.sizes.append(UInt64(clamping: value))
    case (.frames, 1):
      switch key {
      case .line: frame.line = max(value, 0)
      case .column: frame.column = max(value, 0)
      case .parent where value != 0: frame.caller = UInt32(clamping: value)
      case .asynchronousParent where frame.caller == 0: frame.caller = UInt32(clamping: value)
      default: break
      }
    default: break
    }
  }

  mutating func receivedString(_ part: RawSpan, isLast: Bool) {
    if text.count < Self.textLimit {
      part.withUnsafeBytes { text.append(contentsOf: $0.prefix(Self.textLimit - text.count)) }
    }
    guard isLast else { return }
    defer { text.removeAll(keepingCapacity: true) }
    guard case .frames = current, depth == 1 else { return }
    switch key {
    case .source: frame.source = sameText(as: log?.frames.last?.source)
    case .function: frame.function = String(decoding: text, as: UTF8.self)
    default: break
    }
  }

  mutating func receivedNull() {
    if case .frames = current, depth == 0 { append(AllocationLog.Frame()) }
  }

  private mutating func append(_ frame: AllocationLog.Frame) {
    guard let count = log?.frames.count, count < Self.frameLimit else { return }
    log?.frames.append(frame)
  }

  /// Most frames are in the script of the one before: a text is kept once.
  private func sameText(as last: String?) -> String {
    if let last, last.utf8.elementsEqual(text) { return last }
    return String(decoding: text, as: UTF8.self)
  }

  private static let columns: [(StaticString, Column)] = [
    ("allocations", .stacks), ("allocationSizes", .sizes), ("allocationsTimestamps", .times),
    ("frames", .frames),
  ]

  private static let keys: [(StaticString, FrameKey)] = [
    ("line", .line), ("column", .column), ("source", .source),
    ("functionDisplayName", .function), ("parent", .parent),
    ("asyncParent", .asynchronousParent),
  ]
}
