/// What a process is known by when rules are asked about it.
package struct ProcessTraits: Hashable, Sendable {
  /// The words of its command line.
  package var commandLine: [String]
  /// The path of its executable.
  package var executable: String
  /// The runtime's name, as `runtime` of a rule says it; empty where it is not known.
  package var runtime: String
  /// The ports it listens on.
  package var ports: Set<Int>
  package var environment: [String: String]

  package init(
    commandLine: [String] = [],
    executable: String = "",
    runtime: String = "",
    ports: Set<Int> = [],
    environment: [String: String] = [:]
  ) {
    self.commandLine = commandLine
    self.executable = executable
    self.runtime = runtime
    self.ports = ports
    self.environment = environment
  }
}

/// How the agent stays with a process that it watches.
package enum WatchMode: String, CaseIterable, Hashable, Sendable {
  /// One session from beginning to end.
  case attached
  /// A session for each reading and command, and none between.
  case visit
}

/// What the snapshots of a process may cost it; nil is no such limit.
package struct CaptureBudget: Hashable, Sendable {
  /// Snapshots of each process that a rule is about, in any 24 hours.
  package var snapshotsPerDay: Int?
  /// The longest pause that may be expected of one.
  package var longestPause: Duration?
  /// By how many bytes the process may be expected to grow.
  package var memory: Int?

  package init() {}
}

/// A rule of the configuration: which processes it is about, and what becomes of them.
package struct ProcessRule: Hashable, Sendable {
  package enum Outcome: Hashable, Sendable {
    /// The processes are left alone.
    case ignore
    case watch(Treatment)
  }

  /// How a process is watched.
  package struct Treatment: Hashable, Sendable {
    package var labels: LabelSet
    /// Nil for what is usual with the process's runtime.
    package var mode: WatchMode?
    package var budget: CaptureBudget
    /// Whether a program without an inspector is sent SIGUSR1, so that it opens one; the rule's
    /// author vouches that it has no handler of its own for that signal.
    package var opensInspector: Bool
    /// What the agent captures of the process by itself; nil for nothing.
    package var schedule: CaptureSchedule?

    package init(
      labels: LabelSet = LabelSet(),
      mode: WatchMode? = nil,
      budget: CaptureBudget = CaptureBudget(),
      opensInspector: Bool = false,
      schedule: CaptureSchedule? = nil
    ) {
      self.labels = labels
      self.mode = mode
      self.budget = budget
      self.opensInspector = opensInspector
      self.schedule = schedule
    }
  }

  /// All conditions that are there must hold.
  package struct Match: Hashable, Sendable {
    package enum Runtime: String, CaseIterable, Sendable {
      case node, deno, bun, workerd, chromium, firefox, webkitgtk
    }

    /// A pattern for the words of the command line with a space between them; without wildcards a
    /// text that occurs in it.
    package var commandLine: Glob?
    /// A pattern for the executable's path; without a slash for its name alone.
    package var executable: Glob?
    package var runtime: Runtime?
    package var port: Int?
    /// Patterns for values of the process's environment.
    package var environment: [String: Glob] = [:]

    package init() {}

    package func matches(_ process: ProcessTraits) -> Bool {
      if let commandLine, matches(commandLine, process) == false { return false }
      if let executable, matches(executable, process.executable) == false { return false }
      if let runtime, runtime.rawValue != process.runtime { return false }
      if let port, process.ports.contains(port) == false { return false }
      return environment.allSatisfy { name, pattern in
        process.environment[name].map { pattern.matches($0) } == true
      }
    }

    private func matches(_ pattern: Glob, _ process: ProcessTraits) -> Bool {
      let line = process.commandLine.joined(separator: " ")
      return pattern.hasWildcards
        ? pattern.matches(line) : Glob("*\(pattern.pattern)*").matches(line)
    }

    private func matches(_ pattern: Glob, _ executable: String) -> Bool {
      let isPath = pattern.pattern.contains("/")
      let name = executable.split(separator: "/").last.map(String.init) ?? executable
      return pattern.matches(isPath ? executable : name)
    }
  }

  package var match: Match
  package var outcome: Outcome
  /// Where it begins in the file, counted from 1.
  package var line: Int

  package init(match: Match, outcome: Outcome, line: Int) {
    self.match = match
    self.outcome = outcome
    self.line = line
  }

  /// How its processes are watched; nil where they are left alone.
  package var treatment: Treatment? {
    if case .watch(let treatment) = outcome { treatment } else { nil }
  }
}

extension AgentConfiguration {
  /// The first rule that matches the process; nil if none does.
  ///
  /// The file's `labels` are not in the answer: they come after what the process says of itself.
  package func rule(for process: ProcessTraits) -> ProcessRule? {
    rules.first { $0.match.matches(process) }
  }
}
