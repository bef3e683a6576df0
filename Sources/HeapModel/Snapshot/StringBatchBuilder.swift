/// Gathers strings, which may come in parts, until they make a batch; owns the memory that its
/// batches lend.
@usableFromInline package final class StringBatchBuilder {
  /// A batch is handed on when it has this many strings or bytes, whichever comes first.
  ///
  /// One string longer than that makes a batch alone.
  @inlinable package static var targetStringCount: Int { 2_048 }
  @inlinable package static var targetByteCount: Int { 1 << 16 }

  @usableFromInline let bytes: FlatArray<UInt8>
  @usableFromInline let offsets: FlatArray<UInt32>
  private var firstIndex: Int

  package init(firstIndex: Int = 0) {
    self.firstIndex = firstIndex
    // Small until there is more: a reader has several of these, and many stay empty.
    self.bytes = FlatArray(capacity: 1 << 10)
    self.offsets = FlatArray(capacity: 1 << 6)
    offsets.append(0)
  }

  /// Whole strings gathered.
  @inlinable package var count: Int { offsets.count - 1 }
  /// Whole strings gathered and handed on.
  package var totalCount: Int { firstIndex + count }
  /// Bytes gathered.
  @inlinable package var byteCount: Int { bytes.count }
  /// Bytes of the string that has begun and not ended.
  @inlinable package var openByteCount: Int { bytes.count - Int(offsets[offsets.count - 1]) }

  @inlinable package var isFull: Bool {
    count >= Self.targetStringCount || bytes.count >= Self.targetByteCount
  }

  /// Appends to the open string.
  ///
  /// The caller bounds its length, far below 4 GiB.
  @inlinable package func append(_ part: UnsafeRawBufferPointer) {
    guard let start = part.baseAddress, part.count > 0 else { return }
    UnsafeMutableRawPointer(bytes.grow(by: part.count))
      .copyMemory(from: start, byteCount: part.count)
  }

  @inlinable package func append(_ byte: UInt8) {
    bytes.append(byte)
  }

  /// The open string is complete.
  @inlinable package func endString() {
    offsets.append(UInt32(bytes.count))
  }

  /// Forgets the string that has begun and not ended.
  package func removeOpenString() {
    bytes.truncate(to: Int(offsets[offsets.count - 1]))
  }

  /// Hands on the whole strings gathered, if there are any.
  ///
  /// Only between two strings.
  package func flush(
    to receive: (StringBatch) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    precondition(openByteCount == 0, "a string is open")
    guard count > 0 else { return }
    let batch = StringBatch(
      firstIndex: firstIndex,
      offsets: UnsafeBufferPointer(offsets.elements),
      bytes: UnsafeRawBufferPointer(bytes.elements)
    )
    try receive(batch)
    firstIndex += count
    bytes.removeAll(keepingCapacity: Self.targetByteCount * 2)
    offsets.removeAll(keepingCapacity: Self.targetStringCount + 1)
    offsets.append(0)
  }
}
