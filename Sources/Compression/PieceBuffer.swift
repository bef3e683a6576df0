/// The memory through which a stream's output leaves it, piece by piece.
///
/// A few bytes of a bomb can want to be gigabytes: so output goes through one buffer of fixed size
/// and is counted on the way.
struct PieceBuffer: ~Copyable {
  let memory: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    memory = .allocate(byteCount: byteCount, alignment: 64)
  }

  deinit {
    memory.deallocate()
  }

  func first(_ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count])
  }
}

/// How much a stream may still give out.
struct OutputAllowance {
  let limit: Int
  private(set) var produced = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// How much room to offer the library: never more than one byte beyond the limit, which is
  /// enough to see that there is more.
  func room(in buffer: borrowing PieceBuffer) -> Int {
    let left = limit - produced
    return left >= buffer.memory.count ? buffer.memory.count : left + 1
  }

  mutating func take(_ count: Int) throws(CompressionError) {
    produced += count
    guard produced <= limit else {
      throw CompressionError(.tooLarge, "more than the \(limit) bytes that were agreed")
    }
  }
}
