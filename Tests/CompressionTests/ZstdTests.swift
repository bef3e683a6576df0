import Compression
import TestSupport
import Testing

@Suite struct ZstdTests {
  @Test func `a stream comes back, wherever it is cut`() throws {
    let text = Sample.text(byteCount: 300_000, seed: 1)
    var frame: [UInt8] = []
    var compressor = try ZstdCompressor()
    for piece in Sample.pieces(of: text, size: 70_000) {
      try compressor.compress(piece, into: &frame)
    }
    try compressor.finish(into: &frame)

    #expect(frame.count < text.count / 2)
    for size in [1, 7, 1000, frame.count] {
      try expect(unpack(frame, pieces: size, limit: text.count), equals: text, "pieces of \(size)")
    }
  }

  @Test func `flushed output can be read before the frame ends`() throws {
    var frame: [UInt8] = []
    var compressor = try ZstdCompressor()
    try compressor.compress(Sample.hello, into: &frame)
    try compressor.flush(into: &frame)
    var decompressor = try ZstdDecompressor(outputLimit: 100)
    var text: [UInt8] = []

    try decompressor.decompress(frame) { piece in
      piece.withUnsafeBytes { text.append(contentsOf: $0) }
    }

    expect(text, equals: Sample.hello)
    #expect(throws: CompressionError.self) { try decompressor.finish() }
  }

  @Test func `frames may follow one another, empty and skippable ones too`() throws {
    var compressor = try ZstdCompressor()
    var frames: [UInt8] = []
    try compressor.finish(into: &frames)
    try compressor.compress(Sample.hello, into: &frames)
    try compressor.finish(into: &frames)
    frames += [0x53, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 0xAA, 0xBB]
    try compressor.compress(Sample.hello, into: &frames)
    try compressor.finish(into: &frames)

    try expect(unpack(frames, pieces: 3, limit: 100), equals: Sample.hello + Sample.hello)
  }

  @Test func `every prefix is truncated`() throws {
    var compressor = try ZstdCompressor()
    var frame: [UInt8] = []
    try compressor.compress(Sample.text(byteCount: 2_000, seed: 3), into: &frame)
    try compressor.finish(into: &frame)

    for length in 0..<frame.count {
      let error = #expect(throws: CompressionError.self, "\(length) bytes") {
        try unpack(Array(frame[..<length]), pieces: 100, limit: 2_000)
      }
      expect(error?.code, equals: .truncated)
    }
  }

  @Test func `every changed byte is noticed`() throws {
    var compressor = try ZstdBlockCompressor()
    let block = Sample.text(byteCount: 600, seed: 4)
    let frame = try compressor.compress(block)
    var decompressor = try ZstdBlockDecompressor()

    for place in frame.indices {
      var damaged = frame
      damaged[place] ^= 0x10
      // A reserved bit of the header may change nothing; nothing else may come out than the block.
      let result = try? decompressor.decompress(damaged, exactSize: block.count)
      #expect(result == nil || result == block, "byte \(place)")
    }
    try expect(decompressor.decompress(frame, exactSize: block.count), equals: block)
  }

  @Test func `a bomb ends one byte after what was agreed`() throws {
    var bomb: [UInt8] = []
    var compressor = try ZstdCompressor(level: 19)
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    for _ in 0..<64 {
      try compressor.compress(zeros, into: &bomb)
    }
    try compressor.finish(into: &bomb)
    #expect(bomb.count < 1 << 14)

    var decompressor = try ZstdDecompressor(outputLimit: 1 << 20)
    var received = 0
    let error = #expect(throws: CompressionError.self) {
      try decompressor.decompress(bomb) { received += $0.byteCount }
    }
    expect(error?.code, equals: .tooLarge)
    expect(received, equals: 1 << 20)
    expect(decompressor.outputCount, equals: (1 << 20) + 1)
  }

  @Test func `the limit itself is allowed`() throws {
    let text = Sample.text(byteCount: 400_000, seed: 5)
    var compressor = try ZstdBlockCompressor()
    let frame = try compressor.compress(text)

    try expect(unpack(frame, pieces: 5_000, limit: text.count), equals: text)
    #expect(throws: CompressionError(.tooLarge, "more than the 399999 bytes that were agreed")) {
      try unpack(frame, pieces: 5_000, limit: text.count - 1)
    }
  }

  @Test func `a frame that wants too large a window is refused`() throws {
    // A header without content size: descriptor 0, window 2^28 bytes (exponent 18, mantissa 0).
    let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 18 << 3, 0x01, 0x00, 0x00]

    let error = #expect(throws: CompressionError.self) {
      try unpack(frame, pieces: 9, limit: 1 << 30)
    }
    expect(error?.code, equals: .tooLarge)
  }

  @Test func `a block is exactly as large as was said, in exactly one frame`() throws {
    var compressor = try ZstdBlockCompressor()
    var decompressor = try ZstdBlockDecompressor()
    let block = Sample.text(byteCount: 1 << 16, seed: 6)
    let frame = try compressor.compress(block)
    func code(_ frame: [UInt8], _ size: Int) -> CompressionError.Code? {
      do {
        _ = try decompressor.decompress(frame, exactSize: size)
        return nil
      } catch {
        return error.code
      }
    }

    #expect(code(frame, block.count) == nil)
    expect(code(frame, block.count - 1), equals: .tooLarge)
    expect(code(frame, block.count + 1), equals: .corrupt)
    expect(code(frame, -1), equals: .corrupt)
    expect(code(frame + frame, 2 * block.count), equals: .corrupt)
    expect(code(Array(frame.dropLast()), block.count), equals: .truncated)
    expect(code([], 0), equals: .truncated)
    expect(code(Sample.hello, 5), equals: .corrupt)
    try expect(decompressor.decompress(compressor.compress([]), exactSize: 0), equals: [])
  }

  @Test func `what the receiver throws ends the call`() throws {
    struct Enough: Error {}
    var compressor = try ZstdBlockCompressor()
    let frame = try compressor.compress(Sample.hello)
    var decompressor = try ZstdDecompressor(outputLimit: 100)

    #expect(throws: Enough.self) {
      try decompressor.decompress(frame) { _ in throw Enough() }
    }
  }

  private func unpack(_ frame: [UInt8], pieces size: Int, limit: Int) throws -> [UInt8] {
    var decompressor = try ZstdDecompressor(outputLimit: limit)
    var output: [UInt8] = []
    for piece in Sample.pieces(of: frame, size: size) {
      try decompressor.decompress(piece) { part in
        part.withUnsafeBytes { output.append(contentsOf: $0) }
      }
    }
    try decompressor.finish()
    return output
  }
}
