import Compression
import TestSupport
import Testing

@Suite struct GzipTests {
  @Test func `a stream comes back, wherever it is cut`() throws {
    let text = Sample.text(byteCount: 300_000, seed: 1)
    let packed = try pack(text)

    #expect(packed.count < text.count * 2 / 3)
    for size in [1, 7, 1000, packed.count] {
      try expect(unpack(packed, pieces: size, limit: text.count), equals: text, "pieces of \(size)")
    }
  }

  @Test func `members may follow one another, and empty ones too`() throws {
    let packed = try pack([]) + pack(Sample.hello) + pack([]) + pack(Sample.hello)

    try expect(unpack(packed, pieces: 5, limit: 10), equals: Sample.hello + Sample.hello)
    try expect(unpack(packed, pieces: 1000, limit: 10), equals: Sample.hello + Sample.hello)
  }

  @Test func `a member made by gzip is read`() throws {
    // printf hello | gzip -n
    let packed: [UInt8] = [
      0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x86,
      0xA6, 0x10, 0x36, 0x05, 0, 0, 0,
    ]

    try expect(unpack(packed, pieces: 2, limit: 5), equals: Sample.hello)
  }

  @Test func `every prefix is truncated`() throws {
    let packed = try pack(Sample.text(byteCount: 2_000, seed: 2))

    for length in 0..<packed.count {
      let error = #expect(throws: CompressionError.self, "\(length) bytes") {
        try unpack(Array(packed[..<length]), pieces: 100, limit: 2_000)
      }
      expect(error?.code, equals: .truncated)
    }
  }

  @Test func `a bomb ends one byte after what was agreed`() throws {
    let bomb = try pack([UInt8](repeating: 0, count: 16 << 20))
    #expect(bomb.count < 1 << 15)

    var decompressor = try GzipDecompressor(outputLimit: 100_000)
    var received = 0
    let error = #expect(throws: CompressionError.self) {
      try decompressor.decompress(bomb) { received += $0.byteCount }
    }
    expect(error?.code, equals: .tooLarge)
    #expect(received <= 100_000)
    expect(decompressor.outputCount, equals: 100_001)
  }

  @Test func `what is no gzip, or damaged, is refused`() throws {
    var damaged = try pack(Sample.hello)
    damaged[damaged.count - 6] ^= 1  // in the checksum

    for bytes in [damaged, Sample.hello, try pack(Sample.hello) + [0, 0, 0, 0]] {
      let error = #expect(throws: CompressionError.self) {
        try unpack(bytes, pieces: 100, limit: 100)
      }
      expect(error?.code, equals: .corrupt)
    }
  }

  private func pack(_ bytes: [UInt8]) throws -> [UInt8] {
    var compressor = try GzipCompressor()
    var output: [UInt8] = []
    for piece in Sample.pieces(of: bytes, size: 70_000) {
      compressor.compress(piece, into: &output)
    }
    compressor.finish(into: &output)
    return output
  }

  private func unpack(_ packed: [UInt8], pieces size: Int, limit: Int) throws -> [UInt8] {
    var decompressor = try GzipDecompressor(outputLimit: limit)
    var output: [UInt8] = []
    for piece in Sample.pieces(of: packed, size: size) {
      try decompressor.decompress(piece) { part in
        part.withUnsafeBytes { output.append(contentsOf: $0) }
      }
    }
    try decompressor.finish()
    return output
  }
}
