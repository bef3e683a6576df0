internal import Cryptography
internal import Glibc
internal import Synchronization

/// The folder in which one collector keeps everything, held by one process at a time.
///
/// The lock is the kernel's: it goes with the process that held it, however that ended.
package final class DataFolder: Sendable {
  package let path: String
  private let lock: Mutex<Int32?>

  /// Makes the folder, open to its owner only, and takes it.
  ///
  /// - Throws: `.inUse` at once if another process has it.
  package init(_ path: String) throws(StoreError) {
    self.path = path
    try Self.make(path)
    let file = path + "/lock"
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw StoreError(.unavailable, "\(file): \(String(cString: strerror(errno)))")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = Self.firstLine(of: descriptor)
      close(descriptor)
      throw StoreError(
        .inUse,
        "another collector (process \(holder)) has the folder \(path): stop it, or give this one "
          + "another --data folder"
      )
    }
    let line = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, line, line.count, 0)
    lock = Mutex(descriptor)
  }

  deinit {
    release()
  }

  /// Lets the folder go, for the next collector.
  ///
  /// Nothing may be written any more.
  package func release() {
    lock.withLock { lock in
      if let descriptor = lock.take() { close(descriptor) }
    }
  }

  /// The secret that callers over TCP must show.
  ///
  /// 64 hexadecimal digits in a file that its owner alone can read; made when there is none.
  package func token() throws(StoreError) -> String {
    let file = path + "/token"
    if let token = Self.readToken(file) { return token }
    // What is there is no token: made anew, as a whole file at once.
    let token = RandomBytes.make(count: 32).hexadecimal
    let temporary = file + ".new"
    unlink(temporary)
    let calls = SystemFileCalls()
    do throws(FileCallError) {
      let descriptor = try calls.create(temporary)
      defer { calls.close(descriptor) }
      try Array((token + "\n").utf8).withUnsafeBytes { bytes in
        Result { () throws(FileCallError) in try calls.write(bytes, to: descriptor) }
      }.get()
      try calls.synchronize(descriptor)
      try calls.rename(temporary, to: file)
    } catch {
      throw StoreError(error, file)
    }
    return token
  }

  private static func readToken(_ file: String) -> String? {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // A token that others could read is no secret any more.
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_mode & 0o077 == 0 else {
      return nil
    }
    let line = firstLine(of: descriptor)
    return line.utf8.count == 64 && [UInt8](hexadecimal: line) != nil ? line : nil
  }

  private static func firstLine(of descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = max(0, pread(descriptor, &bytes, bytes.count, 0))
    return String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  private static func make(_ path: String) throws(StoreError) {
    var made = ""
    for part in path.split(separator: "/") {
      made += made.isEmpty && path.hasPrefix("/") == false ? String(part) : "/" + part
      if mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR {
        throw StoreError(.unavailable, "\(made): \(String(cString: strerror(errno)))")
      }
    }
  }
}
