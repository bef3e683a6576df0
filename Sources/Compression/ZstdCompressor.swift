internal import CZstd

/// Compresses a stream piece by piece with libzstd.
///
/// Owns one `ZSTD_CCtx`, and cannot be copied, so the context is freed exactly once: when the
/// value that owns it goes away. 1.4 MB at level 1, 3.7 MB at level 3.
package struct ZstdCompressor: ~Copyable, @unchecked Sendable {
  // Sendable because there is one owner, and the library does not care which thread it is.
  private let context: OpaquePointer
  private let buffer = PieceBuffer(byteCount: ZSTD_CStreamOutSize())

  /// Prepares to write one frame after another.
  ///
  /// - Parameters:
  ///   - level: 1 to 19. Level 1 is what heap snapshots want: higher levels cost three times the
  ///     time and win little, or nothing, on columns of integers.
  ///   - checksum: append XXH64 of the content to each frame, four bytes that find bit rot
  /// - Throws: `outOfMemory`
  package init(level: Int32 = 1, checksum: Bool = true) throws(CompressionError) {
    context = try ZstdContext.make(level: level, checksum: checksum)
  }

  deinit {
    ZSTD_freeCCtx(context)
  }

  /// Takes all of `input` and appends what is ready of the frame, which may be nothing.
  package mutating func compress(
    _ input: RawSpan,
    into output: inout [UInt8]
  ) throws(CompressionError) {
    try run(input, ZSTD_e_continue, into: &output)
  }

  package mutating func compress(
    _ input: [UInt8],
    into output: inout [UInt8]
  ) throws(CompressionError) {
    try compress(input.span.bytes, into: &output)
  }

  /// Appends all that was taken so far, so that a reader can have it; costs compression.
  package mutating func flush(into output: inout [UInt8]) throws(CompressionError) {
    try run(RawSpan(), ZSTD_e_flush, into: &output)
  }

  /// Ends the frame.
  ///
  /// What is compressed after that is a frame of its own.
  package mutating func finish(into output: inout [UInt8]) throws(CompressionError) {
    try run(RawSpan(), ZSTD_e_end, into: &output)
  }

  private mutating func run(
    _ input: RawSpan,
    _ directive: ZSTD_EndDirective,
    into output: inout [UInt8]
  ) throws(CompressionError) {
    let failure: CompressionError? = input.withUnsafeBytes { bytes in
      var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
      var isDone = false
      while isDone == false {
        var target = ZSTD_outBuffer(
          dst: buffer.memory.baseAddress,
          size: buffer.memory.count,
          pos: 0
        )
        let left = ZSTD_compressStream2(context, &target, &source, directive)
        if let error = CompressionError(zstdResult: left) { return error }
        output.append(contentsOf: buffer.first(target.pos))
        // To end or flush a frame: until nothing is left. Else: until all input is taken.
        isDone = directive == ZSTD_e_continue ? source.pos == source.size : left == 0
      }
      return nil
    }
    if let failure { throw failure }
  }
}
