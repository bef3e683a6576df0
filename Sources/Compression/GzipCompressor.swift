internal import CZlib

/// Compresses a stream into one gzip member with zlib, for formats of other tools.
///
/// Owns one `z_stream`, which points into itself, so it is allocated and never moves.
package struct GzipCompressor: ~Copyable, @unchecked Sendable {
  // Sendable because there is one owner, and the library does not care which thread it is.
  private let stream: UnsafeMutablePointer<z_stream>
  private let buffer = PieceBuffer(byteCount: 1 << 16)

  /// Prepares to write one member after another; `level` is 1 to 9.
  package init(level: Int32 = 6) throws(CompressionError) {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // Z_OK, Z_MEM_ERROR, Z_STREAM_ERROR for a level that does not exist, Z_VERSION_ERROR.
    let result = retinue_deflate_init_gzip(stream, level)
    guard result == Z_OK else {
      stream.deallocate()
      precondition(result == Z_MEM_ERROR, "zlib cannot start: \(result)")
      throw CompressionError(.outOfMemory, "no memory for a gzip stream")
    }
    // Last, since `deinit` frees it as soon as it is set.
    self.stream = stream
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Takes all of `input` and appends what is ready, which may be nothing.
  package mutating func compress(_ input: RawSpan, into output: inout [UInt8]) {
    input.withUnsafeBytes { bytes in
      stream.eachInput(of: bytes) { _ = run(Z_NO_FLUSH, into: &output) }
    }
  }

  package mutating func compress(
    _ input: [UInt8],
    into output: inout [UInt8]
  ) {
    compress(input.span.bytes, into: &output)
  }

  /// Ends the member.
  ///
  /// What is compressed after that is a member of its own.
  package mutating func finish(into output: inout [UInt8]) {
    stream.pointee.avail_in = 0
    let result = run(Z_FINISH, into: &output)
    precondition(result == Z_STREAM_END, "zlib did not finish: \(result)")
    deflateReset(stream)
  }

  private func run(_ flush: Int32, into output: inout [UInt8]) -> Int32 {
    var result = Z_OK
    repeat {
      stream.offer(buffer.memory, room: buffer.memory.count)
      // Z_OK, Z_STREAM_END, or Z_BUF_ERROR where there was nothing to do.
      result = deflate(stream, flush)
      precondition(result != Z_STREAM_ERROR, "the zlib stream was overwritten")
      output.append(contentsOf: buffer.first(buffer.memory.count - Int(stream.pointee.avail_out)))
    } while stream.pointee.avail_out == 0
    return result
  }
}

extension UnsafeMutablePointer<z_stream> {
  /// Hands the bytes to the stream in pieces that its 32-bit counters can count.
  func eachInput(of bytes: UnsafeRawBufferPointer, _ body: () throws -> Void) rethrows {
    var rest = bytes[...]
    while rest.isEmpty == false {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      pointee.next_in = UnsafeMutablePointer<Bytef>(
        mutating: piece.baseAddress?.assumingMemoryBound(to: Bytef.self)
      )
      pointee.avail_in = UInt32(piece.count)
      try body()
      rest = rest.dropFirst(piece.count)
    }
  }

  /// Tells the stream where its output goes.
  func offer(_ memory: UnsafeMutableRawBufferPointer, room: Int) {
    pointee.next_out = memory.baseAddress?.assumingMemoryBound(to: Bytef.self)
    pointee.avail_out = UInt32(room)
  }
}
