import TestSupport

/// Bytes to compress.
enum Sample {
  static let hello = Array("hello".utf8)

  /// Digits and commas, like a snapshot.
  static func text(byteCount: Int, seed: UInt64) -> [UInt8] {
    var random = SeededGenerator(seed: seed)
    return (0..<byteCount).map { _ in
      UInt8.random(in: 0..<6, using: &random) == 0
        ? UInt8(ascii: ",") : UInt8.random(in: 0x30...0x39, using: &random)
    }
  }

  static func pieces(of bytes: [UInt8], size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map { start in
      Array(bytes[start..<min(start + size, bytes.count)])
    }
  }
}
