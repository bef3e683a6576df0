internal import CZstd

/// Compresses blocks, each into one frame of its own, with one context for all of them.
///
/// For the blocks of a snapshot: at most 1 MiB each, read by `ZstdBlockDecompressor`.
/// The context takes 0.6 MB at level 1, 1.3 MB at level 3.
package struct ZstdBlockCompressor: ~Copyable, @unchecked Sendable {
  // Sendable because there is one owner, and the library does not care which thread it is.
  private let context: OpaquePointer

  /// See `ZstdCompressor.init`.
  package init(level: Int32 = 1, checksum: Bool = true) throws(CompressionError) {
    context = try ZstdContext.make(level: level, checksum: checksum)
  }

  deinit {
    ZSTD_freeCCtx(context)
  }

  /// The frame of one block, its size stated in the frame's header.
  package mutating func compress(_ block: RawSpan) throws(CompressionError) -> [UInt8] {
    let bound = ZSTD_compressBound(block.byteCount)
    var failure: CompressionError?
    let frame = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      let result = block.withUnsafeBytes { bytes in
        ZSTD_compress2(context, buffer.baseAddress, buffer.count, bytes.baseAddress, bytes.count)
      }
      failure = CompressionError(zstdResult: result)
      count = failure == nil ? result : 0
    }
    if let failure { throw failure }
    return frame
  }

  package mutating func compress(_ block: [UInt8]) throws(CompressionError) -> [UInt8] {
    try compress(block.span.bytes)
  }
}

/// Decompresses blocks whose size was told beforehand, with one context for all of them.
package struct ZstdBlockDecompressor: ~Copyable, @unchecked Sendable {
  // Sendable because there is one owner, and the library does not care which thread it is.
  private let context: OpaquePointer

  package init() throws(CompressionError) {
    guard let context = ZSTD_createDCtx() else {
      throw CompressionError(.outOfMemory, "no memory for a zstd context")
    }
    self.context = context
  }

  deinit {
    ZSTD_freeDCtx(context)
  }

  /// The content of a frame.
  ///
  /// Memory is `exactSize` and nothing more, whatever the frame says of itself. The caller has
  /// compared `exactSize` with its own limit before.
  ///
  /// - Throws: `corrupt` if `frame` is not exactly one frame or does not hold exactly that many
  ///   bytes; `truncated`; `tooLarge` if there are more
  package mutating func decompress(
    _ frame: RawSpan,
    exactSize: Int
  ) throws(CompressionError) -> [UInt8] {
    guard exactSize >= 0 else {
      throw CompressionError(.corrupt, "a block of \(exactSize) bytes")
    }
    var failure: CompressionError?
    let block = [UInt8](unsafeUninitializedCapacity: exactSize) { buffer, count in
      let result = frame.withUnsafeBytes { bytes in
        let frameSize = ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count)
        guard ZSTD_isError(frameSize) == 0 else { return frameSize }
        guard frameSize == bytes.count else {
          failure = CompressionError(.corrupt, "more than one zstd frame in a block")
          return 0
        }
        return ZSTD_decompressDCtx(
          context,
          buffer.baseAddress,
          exactSize,
          bytes.baseAddress,
          bytes.count
        )
      }
      failure = failure ?? CompressionError(zstdResult: result)
      guard failure == nil else { return }
      count = result
    }
    if let failure { throw failure }
    guard block.count == exactSize else {
      throw CompressionError(.corrupt, "a block of \(block.count) bytes, not \(exactSize)")
    }
    return block
  }

  package mutating func decompress(
    _ frame: [UInt8],
    exactSize: Int
  ) throws(CompressionError) -> [UInt8] {
    try decompress(frame.span.bytes, exactSize: exactSize)
  }
}
