internal import CZstd

/// Decompresses a stream that somebody else made, trusting nothing about it.
///
/// Owns one `ZSTD_DCtx`. Memory: 0.4 MB and the frame's window, which is 0.5 MB for a frame of level
/// 1 and at most 128 MiB for one that asks for it.
package struct ZstdDecompressor: ~Copyable, @unchecked Sendable {
  // Sendable because there is one owner, and the library does not care which thread it is.
  private let context: OpaquePointer
  private let buffer = PieceBuffer(byteCount: ZSTD_DStreamOutSize())
  private var allowance: OutputAllowance
  /// What the library still expects of the frame: 0 between frames.
  private var expected = 0
  private var inputCount = 0

  /// Prepares to read one frame after another.
  ///
  /// - Parameters:
  ///   - outputLimit: all frames together give at most this many bytes; one more is an error,
  ///     noticed when it comes and not when memory is gone
  ///   - windowLogMax: the largest window a frame may ask for, as its binary logarithm
  package init(outputLimit: Int, windowLogMax: Int32 = 27) throws(CompressionError) {
    guard let context = ZSTD_createDCtx() else {
      throw CompressionError(.outOfMemory, "no memory for a zstd context")
    }
    let result = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, windowLogMax)
    precondition(ZSTD_isError(result) == 0, "no window log: \(windowLogMax)")
    self.context = context
    allowance = OutputAllowance(limit: outputLimit)
  }

  deinit {
    ZSTD_freeDCtx(context)
  }

  /// Bytes given out so far.
  package var outputCount: Int { allowance.produced }

  /// Takes all of `input`, cut anywhere, and gives out what it stands for.
  ///
  /// - Parameter receive: called with pieces of at most 128 KiB; what it throws ends the call
  /// - Throws: `corrupt`, or `tooLarge` beyond the output limit or the window
  package mutating func decompress(
    _ input: RawSpan,
    _ receive: (RawSpan) throws -> Void
  ) throws {
    inputCount += input.byteCount
    try input.withUnsafeBytes { bytes in
      var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
      var isFull = false
      while source.pos < source.size || isFull {
        let room = allowance.room(in: buffer)
        var target = ZSTD_outBuffer(dst: buffer.memory.baseAddress, size: room, pos: 0)
        expected = ZSTD_decompressStream(context, &target, &source)
        if let error = CompressionError(zstdResult: expected) { throw error }
        try allowance.take(target.pos)
        if target.pos > 0 { try receive(buffer.first(target.pos).bytes) }
        // A full buffer may mean that more output waits inside the context.
        isFull = target.pos == room && expected != 0
      }
    }
  }

  package mutating func decompress(
    _ input: [UInt8],
    _ receive: (RawSpan) throws -> Void
  ) throws {
    try decompress(input.span.bytes, receive)
  }

  /// The input is over.
  ///
  /// - Throws: `truncated` if its last frame was not, or there was none
  package borrowing func finish() throws(CompressionError) {
    guard expected == 0, inputCount > 0 else {
      throw CompressionError(.truncated, "the zstd frame ends too early (\(inputCount) bytes)")
    }
  }
}
