internal import Glibc

/// A command of the user's, run in a shell and waited for.
///
/// It stays in our process group, so that Ctrl-C reaches it too; what it prints goes to our standard
/// error, since our standard output may be read by a program.
enum ShellCommand {
  /// - Parameter environment: set besides ours.
  /// - Returns: its exit code, or 128 and the signal's number.
  /// - Throws: `ClientError` where the shell cannot be started.
  static func run(_ command: String, environment: [String: String]) async throws -> Int32 {
    await ChildProcess.wait(for: try start(command, environment: environment))
  }

  private static func start(
    _ command: String,
    environment: [String: String]
  ) throws(ClientError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    typealias Text = UnsafeMutablePointer<CChar>?
    let words: [Text] = [strdup("/bin/sh"), strdup("-c"), strdup(command), nil]
    let added: [Text] = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { for word in words + added { free(word) } }
    var variables = added
    var next = environ
    while let variable = next.pointee {
      let name = String(cString: variable).prefix { $0 != "=" }
      if environment[String(name)] == nil { variables.append(variable) }
      next += 1
    }
    variables.append(nil)
    var process = pid_t()
    let error = posix_spawn(&process, "/bin/sh", &actions, nil, words, variables)
    guard error == 0 else {
      throw ClientError("cannot start /bin/sh: \(String(cString: strerror(error)))")
    }
    return process
  }
}
