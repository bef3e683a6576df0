internal import HeapModel

/// Gathers strings into two pieces: of those that are names, and of those that are only values.
///
/// Both pieces tell of the same range of the table, so that a reader holds at most one of them.
final class StringStage {
  /// The strings of one of the two pieces.
  private final class Part {
    let lengths = FlatArray<Int64>(capacity: 4_096)
    let bytes = FlatArray<UInt8>(capacity: 1 << 16)

    /// Bytes that the piece takes, at most, without the map of who is a name.
    var byteCount: Int { lengths.count * 4 + bytes.count }
  }

  /// Whether what was gathered must be taken out before a string of `length` bytes is added.
  private static let room = ColumnsFormat.blockByteLimit - 1_024
  /// A string longer than this goes in parts.
  static let partByteLimit = room - 64

  /// The number of the first string gathered.
  private(set) var first = 0
  private(set) var count = 0
  private let names = Part()
  private let values = Part()
  /// A bit per string: it is a name.
  private let map = FlatArray<UInt8>(capacity: 1 << 12)

  func hasRoom(for length: Int) -> Bool {
    let mapByteCount = count / 8 + 1
    return max(names.byteCount, values.byteCount) + mapByteCount + length + 4 <= Self.room
  }

  func append(_ string: UnsafeRawBufferPointer, isName: Bool) {
    let part = isName ? names : values
    part.lengths.append(Int64(string.count))
    part.bytes.append(raw: string)
    if count % 8 == 0 { map.append(0) }
    if isName { map[count / 8] |= 1 << UInt8(count % 8) }
    count += 1
  }

  /// Hands out the pieces of what was gathered, each as a block.
  ///
  /// - Parameter isPartial: the one string gathered goes on in the next pieces.
  func takeOut(
    section: UInt16,
    isPartial: Bool = false,
    through block: FlatArray<UInt8>,
    _ seal: (BlockKind) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    guard count > 0 else { return }
    for (kind, part) in [(BlockKind.names, names), (.values, values)] where part.lengths.count > 0 {
      write(part, kind == .names ? .names : .values, section, isPartial, to: block)
      try seal(kind)
    }
    first += isPartial ? 0 : count
    count = 0
    map.removeAll(keepingCapacity: 1 << 12)
    for part in [names, values] {
      part.lengths.removeAll(keepingCapacity: 4_096)
      part.bytes.removeAll(keepingCapacity: 1 << 16)
    }
  }

  private func write(
    _ part: Part,
    _ kind: PieceKind,
    _ section: UInt16,
    _ isPartial: Bool,
    to block: FlatArray<UInt8>
  ) {
    var encoding = ColumnEncoding(for: UnsafeBufferPointer(part.lengths.elements))
    // As with rows: no strings without bytes.
    encoding.width = max(encoding.width, 1)
    let (count, ownCount) = (self.count, part.lengths.count)
    block.appendPiece(kind) {
      block.append(number: section)
      block.append(number: UInt32(first))
      block.append(number: UInt32(count))
      block.append(number: UInt32(ownCount))
      block.append(isPartial ? 1 : 0)
      if kind == .names, ownCount < count {
        block.append(raw: UnsafeRawBufferPointer(map.elements))
      }
      block.append(encoding.descriptor)
      encoding.write(part.lengths.elements, to: block.grow(by: encoding.width * ownCount))
      block.append(raw: UnsafeRawBufferPointer(part.bytes.elements))
    }
  }
}
