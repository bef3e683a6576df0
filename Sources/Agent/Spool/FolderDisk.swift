internal import Glibc

/// A folder of the file system, held by one agent at a time.
///
/// The folder is made with mode 0700, its files with 0600: a snapshot holds secrets.
package final class FolderDisk: SpoolDisk {
  private let folder: String
  /// Holds the lock; the kernel lets go of it when the process ends, however it ends.
  private let lock: Int32

  /// - Throws: `SpoolError`, `.locked` when another agent lives there.
  package init(folder: String) throws(SpoolError) {
    self.folder = folder
    try Self.makeFolder(folder)
    let path = folder + "/lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure("open \(path)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let isTaken = errno == EWOULDBLOCK
      let error = Self.failure("lock \(path)")
      close(descriptor)
      throw isTaken
        ? SpoolError(.locked, "another agent uses the spool in \(folder): give each its own")
        : error
    }
    // Last, since `deinit` closes it as soon as it is set.
    lock = descriptor
  }

  deinit {
    close(lock)
  }

  package func names() throws(SpoolError) -> [String] {
    guard let stream = opendir(folder) else { throw Self.failure("read the folder \(folder)") }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") && name != "lock" { names.append(name) }
    }
    return names
  }

  package func size(of name: String) throws(SpoolError) -> UInt64 {
    var information = stat()
    guard stat(path(name), &information) == 0 else { throw Self.failure("look at \(path(name))") }
    return UInt64(max(information.st_size, 0))
  }

  package func read(
    _ name: String,
    at offset: UInt64,
    count: Int
  ) throws(SpoolError) -> [UInt8] {
    let descriptor = try opened(name, O_RDONLY)
    defer { close(descriptor) }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let base = buffer.baseAddress {
        let got = pread(descriptor, base + filled, count - filled, off_t(offset) + off_t(filled))
        if got < 0 && errno == EINTR { continue }
        failed = got < 0
        if got <= 0 { return }
        filled += got
      }
    }
    if failed { throw Self.failure("read \(path(name))") }
    return bytes
  }

  package func append(_ bytes: [UInt8], to name: String) throws(SpoolError) {
    let descriptor = try opened(name, O_WRONLY | O_APPEND | O_CREAT)
    defer { close(descriptor) }
    let written = bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count, let base = buffer.baseAddress {
        let count = write(descriptor, base + done, buffer.count - done)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { break }
        done += count
      }
      return done
    }
    guard written == bytes.count else { throw Self.failure("write to \(path(name))") }
  }

  package func truncate(_ name: String, to size: UInt64) throws(SpoolError) {
    let descriptor = try opened(name, O_WRONLY)
    defer { close(descriptor) }
    guard ftruncate(descriptor, off_t(size)) == 0 else {
      throw Self.failure("shorten \(path(name))")
    }
  }

  package func rename(_ name: String, to other: String) throws(SpoolError) {
    guard Glibc.rename(path(name), path(other)) == 0 else {
      throw Self.failure("rename \(path(name))")
    }
  }

  package func remove(_ name: String) throws(SpoolError) {
    guard unlink(path(name)) == 0 else { throw Self.failure("remove \(path(name))") }
  }

  package func sync(_ name: String) throws(SpoolError) {
    let descriptor = try opened(name, O_RDONLY)
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Self.failure("sync \(path(name))") }
  }

  package func syncFolder() throws(SpoolError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure("open the folder \(folder)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Self.failure("sync the folder \(folder)") }
  }

  private func path(_ name: String) -> String { folder + "/" + name }

  private func opened(_ name: String, _ flags: Int32) throws(SpoolError) -> Int32 {
    let descriptor = open(path(name), flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Self.failure("open \(path(name))") }
    return descriptor
  }

  /// Makes the folder and those around it.
  private static func makeFolder(_ folder: String) throws(SpoolError) {
    if mkdir(folder, 0o700) == 0 { return }
    if errno == ENOENT, let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
      try makeFolder(String(folder[..<slash]))
      if mkdir(folder, 0o700) == 0 { return }
    }
    guard errno == EEXIST else { throw failure("make the folder \(folder)") }
    var information = stat()
    guard stat(folder, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
      throw SpoolError(.failed, "the spool \(folder) is not a folder")
    }
  }

  private static func failure(_ action: String) -> SpoolError {
    let number = errno
    let code: SpoolError.Code =
      switch number {
      case ENOSPC, EDQUOT, EFBIG: .full
      case ENOENT: .missing
      default: .failed
      }
    return SpoolError(code, "cannot \(action): \(String(cString: strerror(number)))")
  }
}
