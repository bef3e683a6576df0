internal import Glibc

/// The system calls by which bytes become durable, and of which every one can fail.
///
/// The blob store goes through this so that tests can fail each call in turn.
package protocol FileCalls: Sendable {
  /// Opens a new file for writing.
  func create(_ path: String) throws(FileCallError) -> Int32
  /// Writes all bytes.
  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(FileCallError)
  /// Brings a file, or a folder's entries, to the disk.
  func synchronize(_ descriptor: Int32) throws(FileCallError)
  func rename(_ path: String, to newPath: String) throws(FileCallError)
  func openFolder(_ path: String) throws(FileCallError) -> Int32
  func close(_ descriptor: Int32)
}

/// A system call that failed, with its `errno`.
package struct FileCallError: Error, Hashable {
  package enum Call: String, Hashable, Sendable {
    case create, write, synchronize, rename, open, read
  }

  package var call: Call
  package var number: Int32

  package init(_ call: Call, number: Int32) {
    self.call = call
    self.number = number
  }
}

package struct SystemFileCalls: FileCalls {
  package init() {}

  package func create(_ path: String) throws(FileCallError) -> Int32 {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let descriptor = open(path, flags, 0o600)
    guard descriptor >= 0 else { throw FileCallError(.create, number: errno) }
    return descriptor
  }

  package func write(
    _ bytes: UnsafeRawBufferPointer,
    to descriptor: Int32
  ) throws(FileCallError) {
    var rest = bytes[...]
    while rest.isEmpty == false {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let written = Glibc.write(descriptor, part.baseAddress, part.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw FileCallError(.write, number: errno)
      }
      rest = rest.dropFirst(written)
    }
  }

  package func synchronize(_ descriptor: Int32) throws(FileCallError) {
    guard fsync(descriptor) == 0 else { throw FileCallError(.synchronize, number: errno) }
  }

  package func rename(_ path: String, to newPath: String) throws(FileCallError) {
    guard Glibc.rename(path, newPath) == 0 else {
      throw FileCallError(.rename, number: errno)
    }
  }

  package func openFolder(_ path: String) throws(FileCallError) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileCallError(.open, number: errno) }
    return descriptor
  }

  package func close(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
  }
}

extension StoreError {
  init(_ error: FileCallError, _ path: String) {
    let reason = String(cString: strerror(error.number))
    let code: Code =
      switch error.number {
      case ENOSPC, EDQUOT: .full
      case ENOENT: .missing
      default: .unavailable
      }
    self.init(code, "\(path): \(reason) (\(error.call.rawValue))")
  }
}
