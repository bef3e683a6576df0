internal import Glibc

/// A worker as its guardian sees it: a child process and a socket on which it says that it lives.
struct WorkerProcess {
  let processID: pid_t
  /// Our end of the lifeline; does not block.
  let signs: Int32

  /// Starts this same program as a worker.
  ///
  /// Returns nil, with errno set, if the system does not let us.
  init?(arguments: [String], isFirst: Bool) {
    var pair: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { return nil }
    defer { close(pair[1]) }
    guard let processID = Self.spawn(arguments, isFirst: isFirst, lifeline: pair[1]) else {
      close(pair[0])
      return nil
    }
    self.processID = processID
    signs = pair[0]
  }

  private static func spawn(
    _ arguments: [String],
    isFirst: Bool,
    lifeline: Int32
  ) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, lifeline, Lifeline.descriptor)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The guardian waits with its signals blocked; its worker must not start so.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment(isFirst: isFirst).map { strdup($0) } + [nil]
    defer { for text in words + variables { free(text) } }
    var processID = pid_t()
    let failure = posix_spawn(&processID, ownPath(), &actions, &attributes, words, variables)
    guard failure == 0 else {
      errno = failure
      return nil
    }
    return processID
  }

  /// Our environment, and two bounds for the allocator: arenas for every thread and memory kept for
  /// later would be the larger part of what a worker holds.
  private static func environment(isFirst: Bool) -> [String] {
    var additions = ["MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"]
    if !isFirst { additions[Guardian.restartVariable] = "1" }
    var variables: [String] = []
    var next = environ
    while let entry = next.pointee {
      variables.append(String(cString: entry))
      next += 1
    }
    for (name, value) in additions where getenv(name) == nil {
      variables.append("\(name)=\(value)")
    }
    return variables
  }

  /// The program's file; after an upgrade in place that is the new program.
  private static func ownPath() -> String {
    let link = "/proc/self/exe"
    let path = ProcFileSystem().executable(of: getpid()) ?? link
    return access(path, X_OK) == 0 ? path : link
  }

  /// What the worker said since the last time.
  func readSigns() -> (isAlive: Bool, isReady: Bool) {
    var isReady = false
    var isAlive = false
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
      while true {
        let count = recv(signs, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else { return }
        isAlive = true
        isReady = isReady || buffer[..<count].contains(Lifeline.Sign.ready)
      }
    }
    return (isAlive, isReady)
  }

  /// How it ended; nil while it runs.
  func end() -> GuardianPolicy.End? {
    var status: Int32 = 0
    guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
    close(signs)
    return GuardianPolicy.End(waitStatus: status)
  }
}
