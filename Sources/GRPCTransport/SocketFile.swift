internal import Glibc

/// The right to listen on one path, held from before the socket is bound until it is removed.
///
/// The core unlinks whatever socket is in its way, even that of a server that is alive. So a lock
/// file beside the socket comes first. The lock ends with the process, however that ends.
final class SocketFile: Sendable {
  private let path: String
  private let lock: Int32

  /// Makes the folder if it is missing (0700), takes the lock and looks whether the path is free.
  ///
  /// - Throws: `TransportError`: `.addressInUse` if another server has the path, `.unsafeSocket` if
  ///   strangers could replace the socket or a file is in its place.
  init(claiming path: String) throws(TransportError) {
    self.path = path
    try Self.prepareFolder(of: path)
    lock = try Self.takeLock(path + ".lock", for: path)
    do {
      try Self.checkFree(path)
    } catch {
      Self.giveBack(lock, path + ".lock")
      throw error
    }
  }

  /// Binds under a mask that leaves the socket to its owner: who cannot write to it cannot connect.
  ///
  /// The mask is the whole process's. For its moment, files that other threads make are private.
  func whileBinding(_ body: () throws -> Void) throws {
    let mask = umask(0o077)
    defer { umask(mask) }
    try body()
  }

  /// Removes the socket and the lock.
  ///
  /// Call it once, after the listener was closed.
  func release() {
    unlink(path)
    Self.giveBack(lock, path + ".lock")
  }

  private static func giveBack(_ lock: Int32, _ path: String) {
    // Removed while it is still held, so that nobody's newer file is removed.
    unlink(path)
    close(lock)
  }

  // MARK: - Folder

  private static func prepareFolder(of path: String) throws(TransportError) {
    let folder = parent(of: path)
    try makeFolder(folder)
    var status = stat()
    guard stat(folder, &status) == 0 else { throw unsafe(folder, String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw unsafe(folder, "it is not a folder") }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw unsafe(folder, "it belongs to another user")
    }
    let isSticky = status.st_mode & S_ISVTX != 0
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 || isSticky else {
      throw unsafe(folder, "other users can write there; make it private with chmod 700")
    }
  }

  private static func makeFolder(_ folder: String) throws(TransportError) {
    guard access(folder, F_OK) != 0 else { return }
    let above = parent(of: folder)
    if above != folder { try makeFolder(above) }
    if mkdir(folder, 0o700) != 0, errno != EEXIST {
      throw TransportError(
        .cannotListen,
        "The folder \(folder) of the socket cannot be made: \(String(cString: strerror(errno)))."
      )
    }
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func unsafe(_ folder: String, _ reason: String) -> TransportError {
    TransportError(.unsafeSocket, "The folder \(folder) cannot hold the socket: \(reason).")
  }

  // MARK: - Lock

  private static func takeLock(_ file: String, for path: String) throws(TransportError) -> Int32 {
    // Another server may remove the file between our opening and locking it: then again.
    for _ in 0..<16 {
      let descriptor = open(file, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard descriptor >= 0 else {
        throw TransportError(
          .cannotListen,
          "The lock \(file) cannot be opened: \(String(cString: strerror(errno)))."
        )
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw inUse(path)
      }
      if isStillThere(descriptor, file) { return descriptor }
      close(descriptor)
    }
    throw inUse(path)
  }

  private static func isStillThere(_ descriptor: Int32, _ file: String) -> Bool {
    var held = stat()
    var named = stat()
    return fstat(descriptor, &held) == 0 && lstat(file, &named) == 0
      && held.st_ino == named.st_ino && held.st_dev == named.st_dev
  }

  private static func inUse(_ path: String) -> TransportError {
    TransportError(.addressInUse, "Another server is listening on unix:\(path).")
  }

  // MARK: - What is there already

  /// A dead socket is fine, the core replaces it.
  ///
  /// A live one of a server without our lock is not.
  private static func checkFree(_ path: String) throws(TransportError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw TransportError(.unsafeSocket, "\(path) is there already and is not a socket.")
    }
    guard let address = SocketAddress(resolving: .unix(path: path)) else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    if address.withPointer({ connect(descriptor, $0, $1) }) == 0 { throw inUse(path) }
  }
}
