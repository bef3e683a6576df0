internal import Glibc

/// Small files of text, such as tokens and certificates.
enum TextFile {
  private static let largest = 1 << 20

  /// - Throws: `ClientError` with the path and the system's reason.
  static func read(_ path: String) throws(ClientError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16_384)
    while bytes.count <= largest {
      let count = Glibc.read(descriptor, &piece, piece.count)
      guard count >= 0 || errno == EINTR else { throw failure(path) }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[..<max(count, 0)]
    }
    throw ClientError("\(path) is too large for a file of its kind")
  }

  private static func failure(_ path: String) -> ClientError {
    ClientError("\(path): \(String(cString: strerror(errno)))")
  }
}
