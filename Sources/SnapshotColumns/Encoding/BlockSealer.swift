internal import Compression
internal import Cryptography
internal import HeapModel

/// Turns full blocks into encoded ones: compresses, numbers and digests them, and hands them on.
struct BlockSealer: ~Copyable {
  private let emit: (EncodedBlock) throws(SnapshotError) -> Void
  private var compressor: ZstdBlockCompressor
  private var digests = SHA256()
  private var nextIndex: UInt32 = 0
  private(set) var rawByteCount: UInt64 = 0

  init(
    emit: @escaping (EncodedBlock) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    self.emit = emit
    do throws(CompressionError) {
      compressor = try ZstdBlockCompressor()
    } catch {
      throw SnapshotError(compressing: error)
    }
  }

  /// Blocks handed on so far.
  var blockCount: UInt32 { nextIndex }

  /// Hands a block on, and empties it.
  mutating func seal(_ kind: BlockKind, _ block: FlatArray<UInt8>) throws(SnapshotError) {
    precondition(block.count <= ColumnsFormat.blockByteLimit, "a block of \(block.count) bytes")
    guard nextIndex < .max else { throw SnapshotError(.tooLarge, "more than 2^32 blocks") }
    let bytes: [UInt8]
    do throws(CompressionError) {
      bytes = try compressor.compress(UnsafeRawBufferPointer(block.elements).bytes)
    } catch {
      throw SnapshotError(compressing: error)
    }
    let encoded = EncodedBlock(
      index: nextIndex,
      kind: kind.rawValue,
      rawByteCount: block.count,
      bytes: bytes
    )
    digests.update(encoded.digest.bytes)
    nextIndex += 1
    rawByteCount += UInt64(block.count)
    block.removeAll(keepingCapacity: ColumnsFormat.blockByteLimit)
    try emit(encoded)
  }

  /// The digest of the blocks so far.
  ///
  /// Once, for the closing block.
  mutating func takeDigest() -> Digest {
    var whole = SHA256()
    swap(&whole, &digests)
    return whole.finish()
  }
}

extension SnapshotError {
  init(compressing error: CompressionError) {
    self.init(.unreadable, error.message)
  }
}
