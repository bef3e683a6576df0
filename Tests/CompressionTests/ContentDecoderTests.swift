import Compression
import TestSupport
import Testing

@Suite struct ContentDecoderTests {
  @Test(
    arguments: [
      ([0x28, 0xB5, 0x2F, 0xFD], .zstd), ([0x50, 0x2A, 0x4D, 0x18], .zstd),
      ([0x5F, 0x2A, 0x4D, 0x18], .zstd), ([0x1F, 0x8B, 0x08], .gzip), ([0x28, 0xB5, 0x2F], .plain),
      (Array("{\"sn".utf8), .plain), ([], .plain),
    ] as [([UInt8], ContentKind)]
  )
  func `the kind is told by the first bytes`(_ bytes: [UInt8], kind: ContentKind) {
    expect(ContentKind.detect(bytes), equals: kind)
  }

  @Test func `content is unpacked as it needs to be`() throws {
    let text = Sample.text(byteCount: 10_000, seed: 9)
    var zstd = try ZstdBlockCompressor()
    var gzip = try GzipCompressor()
    var gzipped: [UInt8] = []
    gzip.compress(text, into: &gzipped)
    gzip.finish(into: &gzipped)

    for (content, kind) in [
      (text, ContentKind.plain), (try zstd.compress(text), .zstd), (gzipped, .gzip),
    ] {
      for size in [1, 3, 100_000] {
        let (output, found) = try decode(content, pieces: size, limit: text.count)
        expect(output, equals: text)
        expect(found, equals: kind)
      }
      #expect(throws: CompressionError.self) {
        try decode(content, pieces: 1_000, limit: text.count - 1)
      }
    }
  }

  @Test func `a file shorter than any signature is itself`() throws {
    try expect(decode([0x28, 0xB5], pieces: 1, limit: 10).0, equals: [0x28, 0xB5])
    try expect(decode([], pieces: 1, limit: 10).0, equals: [])
  }

  @Test func `packed content that stops is truncated`() throws {
    var zstd = try ZstdBlockCompressor()
    let frame = try zstd.compress(Sample.text(byteCount: 1_000, seed: 1))

    let error = #expect(throws: CompressionError.self) {
      try decode(Array(frame.dropLast(3)), pieces: 50, limit: 1_000)
    }
    expect(error?.code, equals: .truncated)
  }

  private func decode(
    _ content: [UInt8],
    pieces size: Int,
    limit: Int
  ) throws -> ([UInt8], ContentKind?) {
    var decoder = ContentDecoder(outputLimit: limit)
    var output: [UInt8] = []
    func receive(_ part: RawSpan) {
      part.withUnsafeBytes { output.append(contentsOf: $0) }
    }
    for piece in Sample.pieces(of: content, size: size) {
      try decoder.decode(piece, receive)
    }
    try decoder.finish(receive)
    return (output, decoder.kind)
  }
}
