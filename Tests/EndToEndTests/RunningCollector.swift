internal import GRPCTransport
internal import Glibc
internal import TestSupport

/// The built `retinue collector` as a process that a test may kill.
final class RunningCollector {
  struct NotStarted: Error {
    var line: String
  }

  let address: String
  private let process: pid_t
  private var isGone = false

  /// Starts it and returns when it says that it serves.
  init(data: String, socket: String, log: String) throws {
    guard let path = BuiltProgram.retinue.path else { throw NotStarted(line: "not built") }
    address = "unix:\(socket)"
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw NotStarted(line: "no pipe") }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    posix_spawn_file_actions_addopen(
      &actions,
      STDERR_FILENO,
      log,
      O_WRONLY | O_CREAT | O_APPEND,
      0o600
    )
    let words = [path, "collector", "--listen", address, "--data", data, "--max-agents", "10"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let result = posix_spawn(&process, path, &actions, nil, &arguments, environ)
    close(ends[1])
    guard result == 0 else { throw NotStarted(line: String(cString: strerror(result))) }
    self.process = process
    let line = Self.firstLine(of: ends[0])
    guard line.contains(address) else {
      isGone = true
      waitpid(process, nil, 0)
      throw NotStarted(line: line)
    }
  }

  deinit {
    kill()
  }

  /// As a power cut would, as far as a process can tell.
  func kill() {
    end(with: SIGKILL)
  }

  /// Asks it to end, and returns its exit code.
  @discardableResult
  func end(with signal: Int32) -> Int32 {
    guard isGone == false else { return -1 }
    isGone = true
    Glibc.kill(process, signal)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
  }

  /// What comes until the first line ends, for half a minute at most.
  private static func firstLine(of descriptor: Int32) -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, 30_000) == 1, read(descriptor, &byte, 1) == 1 {
      if byte == UInt8(ascii: "\n") { break }
      line.append(byte)
    }
    return String(decoding: line, as: UTF8.self)
  }
}
