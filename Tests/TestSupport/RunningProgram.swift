internal import FoundationEssentials
internal import Glibc

/// A program while it runs, one of ours as a rule: started, waited for, asked to end.
package final class RunningProgram: Sendable {
  private let process: pid_t
  private let folder = TemporaryFolder()

  /// What it has written so far.
  package var output: String { folder.text("out") }
  package var errors: String { folder.text("err") }

  /// Starts it with neither terminal nor input.
  ///
  /// - Parameter environment: all that it sees besides PATH.
  package convenience init(
    _ program: BuiltProgram,
    _ arguments: [String],
    environment: [String: String] = [:]
  ) throws {
    guard let path = program.path else { throw CocoaError(.fileNoSuchFile) }
    try self.init(path: path, arguments, environment: environment)
  }

  package init(path: String, _ arguments: [String], environment: [String: String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    for (descriptor, name) in [(STDOUT_FILENO, "out"), (STDERR_FILENO, "err")] {
      let flags = O_WRONLY | O_CREAT | O_APPEND
      posix_spawn_file_actions_addopen(&actions, descriptor, folder.file(name), flags, 0o600)
    }
    // What the tests' own process blocks is not for others to inherit.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var nothing = sigset_t()
    sigemptyset(&nothing)
    posix_spawnattr_setsigmask(&attributes, &nothing)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let variables = environment.merging(["PATH": search]) { given, _ in given }
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var process = pid_t()
    let error = posix_spawn(&process, path, &actions, &attributes, words, settings)
    guard error == 0 else { throw CocoaError(.fileReadUnknown) }
    self.process = process
  }

  deinit {
    // Where a test ended early; after `stop` it is gone already.
    if kill(process, 0) == 0 {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
  }

  /// Waits until what it wrote to standard output or error contains the text.
  package func waitUntilSays(_ text: String, seconds: Int = 30) async -> Bool {
    for _ in 0..<seconds * 20 {
      if output.contains(text) || errors.contains(text) { return true }
      try? await Task.sleep(for: .milliseconds(50))
    }
    return false
  }

  package func signal(_ number: Int32) {
    kill(process, number)
  }

  /// Waits for its end: the exit code, 128 and the signal's number, or nil where it did not end.
  package func waitForEnd(seconds: Int = 30) async -> Int32? {
    for _ in 0..<seconds * 20 {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
      }
      try? await Task.sleep(for: .milliseconds(50))
    }
    return nil
  }
}
