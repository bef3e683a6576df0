internal import FoundationEssentials
internal import Glibc

/// A file for one test, gone with this object.
package final class ScratchFile {
  package struct CannotOpen: Error {}

  package let path: String
  private var stream: UnsafeMutablePointer<FILE>?

  package init() throws {
    path = FileManager.default.temporaryDirectory.path + "/retinue-\(UUID().uuidString)"
    guard let stream = fopen(path, "w") else { throw CannotOpen() }
    self.stream = stream
  }

  package convenience init(_ bytes: [UInt8]) throws {
    try self.init()
    bytes.withUnsafeBytes { append($0) }
    close()
  }

  deinit {
    close()
    unlink(path)
  }

  package func append(_ piece: UnsafeRawBufferPointer) {
    guard let stream else { return }
    fwrite(piece.baseAddress, 1, piece.count, stream)
  }

  /// Writes out what was appended; nothing can be appended afterwards.
  package func close() {
    if let stream { fclose(stream) }
    stream = nil
  }
}
