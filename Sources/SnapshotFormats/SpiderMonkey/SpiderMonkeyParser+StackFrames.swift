internal import HeapModel

/// Allocation stacks: a frame and its parents, message inside message; a frame that came before is
/// a reference to it.
extension SpiderMonkeyParser {
  /// Firefox writes 60 frames of a stack at most.
  private static let depthLimit = 128

  private struct Frame {
    var identifier: Int64?
    var parent: WireInput?
    var line: UInt64 = 0
    var column: UInt64 = 0
    var source = WireString.none
    var function = WireString.none
    var flags: Int64 = 0
  }

  /// A string, or a reference to one, that has not got its number.
  private enum WireString {
    case none
    case bytes(WireInput)
    case reference(UInt64)
  }

  /// Reads a frame and all its parents, and answers its identifier.
  mutating func stackFrame(
    _ field: WireInput,
    depth: Int,
    at offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    guard depth < Self.depthLimit else {
      throw SnapshotError(.tooLarge, "a stack of more than \(Self.depthLimit) frames", at: offset)
    }
    var field = field
    var result: Int64?
    while field.isEmpty == false {
      guard let (number, value, bytes) = field.field() else {
        throw malformed("a stack frame that ends in a field", offset)
      }
      switch (number, bytes) {
      case (1, let data?): result = try frame(data, depth: depth, at: offset)
      case (2, nil): result = try identifier(value, offset)
      default: break
      }
    }
    guard let result else { throw malformed("a stack frame that is none", offset) }
    return result
  }

  private mutating func frame(
    _ data: WireInput,
    depth: Int,
    at offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    let frame = try fields(of: data, at: offset)
    guard let identifier = frame.identifier else {
      throw malformed("a stack frame without an id", offset)
    }
    // The writer numbered a frame's own strings before it went to the parent, though the parent
    // stands in front of them.
    let source = try name(frame.source, offset)
    let function = try name(frame.function, offset)
    let parent = try frame.parent.map { (parent) throws(SnapshotError) in
      try stackFrame(parent, depth: depth + 1, at: offset)
    }
    let place = frames.place
    place[SpiderMonkeyTables.FrameColumn.identifier] = identifier
    place[SpiderMonkeyTables.FrameColumn.parent] = parent ?? 0
    place[SpiderMonkeyTables.FrameColumn.line] = Int64(UInt32(truncatingIfNeeded: frame.line))
    place[SpiderMonkeyTables.FrameColumn.column] = Int64(UInt32(truncatingIfNeeded: frame.column))
    place[SpiderMonkeyTables.FrameColumn.source] = source
    place[SpiderMonkeyTables.FrameColumn.function] = function
    place[SpiderMonkeyTables.FrameColumn.flags] = frame.flags
    try endFrame(at: offset)
    return identifier
  }

  private func fields(of data: WireInput, at offset: UInt64) throws(SnapshotError) -> Frame {
    var data = data
    var frame = Frame()
    while data.isEmpty == false {
      guard let (number, value, bytes) = data.field() else {
        throw malformed("a stack frame that ends in a field", offset)
      }
      switch (number, bytes) {
      case (1, nil): frame.identifier = try identifier(value, offset)
      case (2, let bytes?): frame.parent = bytes
      case (3, nil): frame.line = value
      case (4, nil): frame.column = value
      case (5, let bytes?): frame.source = .bytes(bytes)
      case (6, nil): frame.source = .reference(value)
      case (7, let bytes?): frame.function = .bytes(bytes)
      case (8, nil): frame.function = .reference(value)
      case (9, nil): frame.flags |= value == 0 ? 0 : SpiderMonkeyTables.systemFrame
      case (10, nil): frame.flags |= value == 0 ? 0 : SpiderMonkeyTables.selfHostedFrame
      default: break
      }
    }
    return frame
  }

  private mutating func name(
    _ string: WireString,
    _ offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    switch string {
    case .none: return 0
    case .bytes(let bytes): return try name(twoByte: bytes, offset)
    case .reference(let number):
      let meaning = try strings.twoByte(reference: number, at: offset)
      return try strings.nameNumber(of: meaning, at: offset)
    }
  }
}
