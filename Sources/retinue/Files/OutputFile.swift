internal import CommandLineArguments
internal import Glibc

/// A file that is written: there whole, under its name, or not at all.
///
/// Written beside its place and renamed at the end, so that nobody takes half a snapshot for one.
/// `-` is standard output; a device or a pipe is written where it stands.
final class OutputFile {
  private static let pieceByteCount = 1 << 20

  let path: String
  private(set) var byteCount: UInt64 = 0
  private let descriptor: Int32
  private var pending: [UInt8] = []
  private var isFinished = false

  /// There is no file of this name to be replaced at the end.
  private let isInPlace: Bool
  private var temporaryPath: String { path + ".part" }

  /// Standard output takes a file or JSON.
  static func checkStandardOutput(_ path: String?, json: Bool) throws(UsageError) {
    if path == "-", json {
      throw UsageError("standard output takes the file or the JSON, not both")
    }
  }

  /// - Throws: `ClientError` with the path and the system's reason.
  init(_ path: String) throws(ClientError) {
    self.path = path
    guard path != "-" else {
      descriptor = STDOUT_FILENO
      isInPlace = true
      return
    }
    var information = stat()
    let isInPlace = stat(path, &information) == 0 && information.st_mode & S_IFMT != S_IFREG
    let opened: Int32
    if isInPlace {
      opened = open(path, O_WRONLY | O_CLOEXEC)
    } else {
      // Snapshots hold secrets: nobody else reads them, also where a file was left of another mode.
      unlink(path + ".part")
      let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
      opened = open(path + ".part", flags, 0o600)
    }
    guard opened >= 0 else { throw Self.failure(path, errno) }
    self.isInPlace = isInPlace
    descriptor = opened
  }

  deinit {
    guard descriptor != STDOUT_FILENO else { return }
    close(descriptor)
    if !isFinished, !isInPlace { unlink(temporaryPath) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ClientError) {
    pending += bytes
    if pending.count >= Self.pieceByteCount { try flush() }
  }

  func write(_ bytes: [UInt8]) throws(ClientError) {
    pending += bytes
    if pending.count >= Self.pieceByteCount { try flush() }
  }

  /// Everything is written: the file takes its name.
  func finish() throws(ClientError) {
    try flush()
    isFinished = true
    guard !isInPlace else { return }
    guard rename(temporaryPath, path) == 0 else {
      isFinished = false
      throw Self.failure(path, errno)
    }
  }

  private func flush() throws(ClientError) {
    var rest = pending[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count >= 0 || errno == EINTR else { throw Self.failure(path, errno) }
      rest = rest.dropFirst(max(count, 0))
    }
    byteCount += UInt64(pending.count)
    pending.removeAll(keepingCapacity: true)
  }

  private static func failure(_ path: String, _ code: Int32) -> ClientError {
    ClientError("cannot write \(path): \(String(cString: strerror(code)))")
  }
}
