/// How a file's bytes are packed, told from the bytes and not from its name.
package enum ContentKind: Hashable, Sendable {
  case zstd
  case gzip
  case plain

  /// How many bytes `detect` looks at.
  package static let signatureLength = 4

  /// What begins with these bytes: the first four of the content, or all if there are fewer.
  package static func detect(_ firstBytes: [UInt8]) -> ContentKind {
    if firstBytes.starts(with: [0x1F, 0x8B]) { return .gzip }
    guard firstBytes.count >= 4 else { return .plain }
    let magic = firstBytes[..<4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let isFrame = magic == 0xFD2F_B528
    let isSkippableFrame = magic & 0xFFFF_FFF0 == 0x184D_2A50
    return isFrame || isSkippableFrame ? .zstd : .plain
  }
}

/// Reads content that may be packed with zstd or gzip, or not at all, as its first bytes say.
package struct ContentDecoder: ~Copyable, Sendable {
  private let outputLimit: Int
  /// The first bytes, while there are too few of them to tell.
  private var firstBytes: [UInt8] = []
  private var allowance: OutputAllowance
  private var zstd: ZstdDecompressor?
  private var gzip: GzipDecompressor?

  /// What the content is; nil until four bytes of it came, or its end.
  package private(set) var kind: ContentKind?

  /// Prepares to read content of at most `outputLimit` bytes, unpacked.
  package init(outputLimit: Int) {
    self.outputLimit = outputLimit
    allowance = OutputAllowance(limit: outputLimit)
  }

  /// Takes all of `input`, cut anywhere, and gives out what it stands for.
  ///
  /// - Throws: as `ZstdDecompressor` and `GzipDecompressor` do, and what `receive` throws
  package mutating func decode(
    _ input: RawSpan,
    _ receive: (RawSpan) throws -> Void
  ) throws {
    guard kind == nil else {
      try forward(input, receive)
      return
    }
    input.withUnsafeBytes { firstBytes.append(contentsOf: $0) }
    guard firstBytes.count >= ContentKind.signatureLength else { return }
    try start(receive)
  }

  package mutating func decode(
    _ input: [UInt8],
    _ receive: (RawSpan) throws -> Void
  ) throws {
    try decode(input.span.bytes, receive)
  }

  /// The input is over; gives out what was held back of a very short one.
  ///
  /// - Throws: `truncated` if packed content was not complete
  package mutating func finish(_ receive: (RawSpan) throws -> Void) throws {
    if kind == nil {
      try start(receive)
    }
    switch kind {
    case .zstd: try zstd?.finish()
    case .gzip: try gzip?.finish()
    case .plain, nil: break
    }
  }

  private mutating func start(_ receive: (RawSpan) throws -> Void) throws {
    let kind = ContentKind.detect(firstBytes)
    switch kind {
    case .zstd: zstd = try ZstdDecompressor(outputLimit: outputLimit)
    case .gzip: gzip = try GzipDecompressor(outputLimit: outputLimit)
    case .plain: break
    }
    self.kind = kind
    var held: [UInt8] = []
    swap(&held, &firstBytes)
    try forward(held.span.bytes, receive)
  }

  private mutating func forward(
    _ input: RawSpan,
    _ receive: (RawSpan) throws -> Void
  ) throws {
    switch kind {
    case .zstd: try zstd?.decompress(input, receive)
    case .gzip: try gzip?.decompress(input, receive)
    case .plain, nil:
      guard input.byteCount > 0 else { return }
      try allowance.take(input.byteCount)
      try receive(input)
    }
  }
}
