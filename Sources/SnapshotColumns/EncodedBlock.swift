package import Cryptography

/// A block of a snapshot as it travels and rests.
package struct EncodedBlock: Hashable, Sendable {
  /// From 0, without gaps.
  package var index: UInt32
  /// A `BlockKind`, or one that a later version knows.
  package var kind: UInt32
  /// Bytes before compression, at most `ColumnsFormat.blockByteLimit`.
  package var rawByteCount: Int
  /// One zstd frame.
  package var bytes: [UInt8]

  package init(index: UInt32, kind: UInt32, rawByteCount: Int, bytes: [UInt8]) {
    self.index = index
    self.kind = kind
    self.rawByteCount = rawByteCount
    self.bytes = bytes
  }

  /// SHA-256 of `bytes`: the block's name in a store.
  package var digest: Digest { SHA256.digest(of: bytes) }
}
