internal import CZlib

/// Decompresses gzip that somebody else made, of one or several members, trusting nothing.
///
/// Owns one `z_stream`, which points into itself, so it is allocated and never moves. About
/// 100 KiB.
package struct GzipDecompressor: ~Copyable, @unchecked Sendable {
  // Sendable because there is one owner, and the library does not care which thread it is.
  private let stream: UnsafeMutablePointer<z_stream>
  private let buffer = PieceBuffer(byteCount: 1 << 16)
  private var allowance: OutputAllowance
  /// A member has begun and not ended.
  private var isInsideMember = true

  /// Prepares to read; all members together give at most `outputLimit` bytes, one more is an error.
  package init(outputLimit: Int) throws(CompressionError) {
    allowance = OutputAllowance(limit: outputLimit)
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // Z_OK, Z_MEM_ERROR, Z_VERSION_ERROR.
    let result = retinue_inflate_init_gzip(stream)
    guard result == Z_OK else {
      stream.deallocate()
      precondition(result == Z_MEM_ERROR, "zlib cannot start: \(result)")
      throw CompressionError(.outOfMemory, "no memory for a gzip stream")
    }
    // Last, since `deinit` frees it as soon as it is set.
    self.stream = stream
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Bytes given out so far.
  package var outputCount: Int { allowance.produced }

  /// Takes all of `input`, cut anywhere, and gives out what it stands for.
  ///
  /// - Parameter receive: called with pieces of at most 64 KiB; what it throws ends the call
  /// - Throws: `corrupt`, or `tooLarge` beyond the output limit
  package mutating func decompress(
    _ input: RawSpan,
    _ receive: (RawSpan) throws -> Void
  ) throws {
    try input.withUnsafeBytes { bytes in
      try stream.eachInput(of: bytes) { try run(receive) }
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
  /// - Throws: `truncated` if its last member was not, or there was none
  package borrowing func finish() throws(CompressionError) {
    guard isInsideMember == false else {
      throw CompressionError(.truncated, "the gzip member ends too early")
    }
  }

  private mutating func run(_ receive: (RawSpan) throws -> Void) throws {
    var isFull = false
    while stream.pointee.avail_in > 0 || isFull {
      if isInsideMember == false {
        // Another member follows; what else follows is refused by its header.
        inflateReset(stream)
        isInsideMember = true
      }
      let room = allowance.room(in: buffer)
      stream.offer(buffer.memory, room: room)
      let result = inflate(stream, Z_NO_FLUSH)
      let count = room - Int(stream.pointee.avail_out)
      try allowance.take(count)
      if count > 0 { try receive(buffer.first(count).bytes) }
      switch result {
      case Z_STREAM_END:
        isInsideMember = false
        isFull = false
      case Z_OK:
        isFull = count == room
      case Z_BUF_ERROR where stream.pointee.avail_in == 0:
        isFull = false  // Nothing was left to do without more input.
      case Z_MEM_ERROR:
        throw CompressionError(.outOfMemory, "no memory to read gzip")
      default:
        // Z_DATA_ERROR, Z_NEED_DICT
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "\(result)"
        throw CompressionError(.corrupt, "gzip: \(reason)")
      }
    }
  }
}
