internal import CommandLineArguments
internal import Dispatch
internal import Glibc
internal import Synchronization

/// A program of ours that runs beside this one, in a process group of its own: Ctrl-C reaches
/// only us, and we end our children in the right order.
///
/// Its standard error is ours; of its standard output the first line is read, which says that it
/// is ready, and the rest goes to our standard error.
final class ChildProcess: Sendable {
  let name: String
  private let process: pid_t
  private let output: Int32
  private let ended: Task<Int32, Never>
  private let isFarewell = Atomic(false)

  /// - Throws: `ClientError` where the program cannot be started.
  init(_ name: String, path: String, arguments: [String]) throws(ClientError) {
    self.name = name
    var pipe: [Int32] = [-1, -1]
    guard Glibc.pipe(&pipe) == 0 else { throw Self.failure(name, errno) }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // We may pass over signals by which it is to end.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let error = posix_spawn(&process, path, &actions, &attributes, words, environ)
    close(pipe[1])
    guard error == 0 else {
      close(pipe[0])
      throw Self.failure("\(name) (\(path))", error)
    }
    self.process = process
    output = pipe[0]
    ended = Task.detached { [process] in await Self.wait(for: process) }
  }

  /// The first line of its standard output; nil where it ended before, took longer, or was made to
  /// end since somebody asked us to.
  func firstLine(within limit: Duration, unless asked: Task<Void, Never>) async -> String? {
    let reading = Task.detached { [output] in await Self.read(output) }
    let timeout = Task { [process, name] in
      try await Task.sleep(for: limit)
      Output.error(
        "retinue: \(name) was not ready after \(Readable.duration(limit)) and is ended; starting "
          + "again goes on from there\n"
      )
      kill(process, SIGTERM)
    }
    let farewell = Task {
      await asked.value
      guard !Task.isCancelled else { return }
      isFarewell.store(true, ordering: .relaxed)
      kill(process, SIGTERM)
    }
    defer {
      timeout.cancel()
      farewell.cancel()
    }
    return await reading.value
  }

  /// Whether it was made to end before it was ready, since somebody asked us to.
  var wasCalledOff: Bool { isFarewell.load(ordering: .relaxed) }

  /// Waits for its end; the exit code, or 128 and the signal's number.
  func exitCode() async -> Int32 {
    await ended.value
  }

  /// Asks it to end, and makes it end where it does not within the limit.
  func stop(within limit: Duration) async {
    kill(process, SIGTERM)
    let impatience = Task { [process] in
      try await Task.sleep(for: limit)
      kill(process, SIGKILL)
    }
    _ = await ended.value
    impatience.cancel()
  }

  /// Waits for the end of a process that we started; the exit code, or 128 and the signal's number.
  static func wait(for process: pid_t) async -> Int32 {
    await blocking {
      var status: Int32 = 0
      while waitpid(process, &status, 0) == -1, errno == EINTR {}
      let signal = status & 0x7F
      return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }
  }

  /// The first line; what follows is passed on until the other side closes.
  private static func read(_ descriptor: Int32) async -> String? {
    let line = await blocking { () -> String? in
      var bytes: [UInt8] = []
      var byte: UInt8 = 0
      while Glibc.read(descriptor, &byte, 1) == 1 {
        if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
        bytes.append(byte)
      }
      return nil
    }
    DispatchQueue.global().async {
      var piece = [UInt8](repeating: 0, count: 4_096)
      while case let count = Glibc.read(descriptor, &piece, piece.count), count > 0 {
        _ = write(STDERR_FILENO, piece, count)
      }
      close(descriptor)
    }
    return line
  }

  /// Runs what blocks a thread away from the tasks' own.
  private static func blocking<Result: Sendable>(
    _ body: @escaping @Sendable () -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: body()) }
    }
  }

  private static func failure(_ what: String, _ code: Int32) -> ClientError {
    ClientError("cannot start \(what): \(String(cString: strerror(code)))")
  }
}
