/// What a process is known by when rules are asked about it.
package struct ProcessTraits: Hashable, Sendable {
  /// The words of its command line.
  package var commandLine: [String]
  /// The path of its executable.
  package var executable: String
  /// The ports it listens on.
  package var ports: Set<Int>
  package var environment: [String: String]

  package init(
    commandLine: [String] = [],
    executable: String = "",
    ports: Set<Int> = [],
    environment: [String: String] = [:]
  ) {
    self.commandLine = commandLine
    self.executable = executable
    self.ports = ports
    self.environment = environment
  }
}

/// A rule of the configuration: which processes it is about, and what becomes of them.
package struct LabelRule: Hashable, Sendable {
  package enum Outcome: Hashable, Sendable {
    /// The processes are left alone.
    case ignore
    case label(LabelSet)
  }

  /// All conditions that are there must hold.
  package struct Match: Hashable, Sendable {
    /// A pattern for the words of the command line with a space between them; without wildcards a
    /// text that occurs in it.
    package var commandLine: Glob?
    /// A pattern for the executable's path; without a slash for its name alone.
    package var executable: Glob?
    package var port: Int?
    /// Patterns for values of the process's environment.
    package var environment: [String: Glob] = [:]

    package init() {}

    package func matches(_ process: ProcessTraits) -> Bool {
      if let commandLine, matches(commandLine, process) == false { return false }
      if let executable, matches(executable, process.executable) == false { return false }
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

  package init(match: Match, outcome: Outcome) {
    self.match = match
    self.outcome = outcome
  }
}

extension AgentConfiguration {
  /// What the first rule says that matches the process; nil if none does.
  ///
  /// The file's `labels` are not in the answer: they come after what the process says of itself.
  package func ruleOutcome(for process: ProcessTraits) -> LabelRule.Outcome? {
    rules.first { $0.match.matches(process) }?.outcome
  }
}
