internal import Glibc
internal import InspectorProtocols

/// A file that a process has written into its folder for temporary files, read a piece at a time.
///
/// Everything on a thread of its own, since it waits for a disk, and that of a container may be any.
///
/// What stands there is somebody else's choice. So no link is followed on the way, and what is opened
/// must be a regular file, under one name, of the process's own user: another user of `/tmp` cannot
/// have put it there, and nothing but it can be removed.
actor TemporaryFile {
  private struct Failure: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }

    /// What the last system call failed with.
    init(failedTo action: String) {
      let number = errno
      reason = "cannot \(action): \(String(cString: strerror(number)))"
    }
  }

  /// A snapshot's file is packed: this becomes about ten times as much to be read at once.
  private static let pieceSize = 64 << 10
  /// `O_PATH`, which Swift's module does not have: to go through a folder one need not read it.
  private static let onlyPath: Int32 = 0o10_000_000

  private let thread = DiskThread()
  private let name: String
  private let processID: Int32
  private let table = ProcFileSystem()
  private var descriptor: Int32 = -1

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// - Parameter processID: 0 where the process is not known, whose files cannot be read then.
  init(_ name: String, of processID: Int32) {
    self.name = name
    self.processID = processID
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The next that is to be told of it.
  func next() -> FileNews {
    do throws(Failure) {
      guard descriptor >= 0 else { return .opened(isRemoved: try open()) }
      let piece = try read()
      return piece.isEmpty ? .ended : .bytes(piece)
    } catch {
      return .failed(error.reason)
    }
  }

  /// Opens it and takes its name away, so that nothing is left whoever dies from now on.
  ///
  /// - Returns: whether its name is gone
  private func open() throws(Failure) -> Bool {
    let folder = try openFolder()
    defer { close(folder) }
    // A pipe that somebody put there would be waited for.
    let file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw Failure(failedTo: "open \(name)") }
    do throws(Failure) {
      try check(file)
    } catch {
      close(file)
      throw error
    }
    descriptor = file
    return unlinkat(folder, name, 0) == 0
  }

  private func check(_ file: Int32) throws(Failure) {
    let status = table.text(of: processID, "status").map(ProcessStatus.init(text:))
    guard let user = status?.userID else { throw Failure("its process is gone") }
    var information = stat()
    guard fstat(file, &information) == 0 else { throw Failure(failedTo: "look at \(name)") }
    guard information.st_mode & S_IFMT == S_IFREG, information.st_nlink == 1,
      information.st_uid == user
    else { throw Failure("\(name) is no file of the process's own") }
  }

  /// Goes down from the process's own root, folder by folder.
  private func openFolder() throws(Failure) -> Int32 {
    guard processID > 0 else { throw Failure("its process is not known") }
    let root = "/proc/\(processID)/root"
    var folder = Glibc.open(root, Self.onlyPath | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw Failure(failedTo: "open \(root)") }
    for part in try folderPath().split(separator: "/") {
      let next = openat(folder, String(part), Self.onlyPath | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let failure = Failure(failedTo: "open its folder \(part)")
      close(folder)
      guard next >= 0 else { throw failure }
      folder = next
    }
    return folder
  }

  /// Where the process's temporary files are, as Firefox looks it up.
  private func folderPath() throws(Failure) -> String {
    guard let bytes = table.contents(of: processID, "environ") else {
      throw Failure("its environment is not ours to read")
    }
    let variables = ["TMPDIR", "TMP", "TEMP"]
    let environment = ProcessEnvironment(bytes: bytes, others: Set(variables))
    let path = variables.lazy.compactMap { environment[$0] }.first ?? "/tmp"
    // Above its root would be our own.
    guard path.hasPrefix("/"), path.split(separator: "/").contains("..") == false else {
      throw Failure("its folder for temporary files is \(path)")
    }
    return path
  }

  private func read() throws(Failure) -> [UInt8] {
    var failed = false
    let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
      var result = Glibc.read(descriptor, buffer.baseAddress, Self.pieceSize)
      while result < 0 && errno == EINTR {
        result = Glibc.read(descriptor, buffer.baseAddress, Self.pieceSize)
      }
      failed = result < 0
      count = max(result, 0)
    }
    if failed { throw Failure(failedTo: "read \(name)") }
    return piece
  }
}
