internal import HeapModel

/// What is known of the programs behind a process's inspector.
extension DiscoveredProcess {
  /// Whether the process that is asked runs the program; a proxy's memory is not the program's.
  var runsItsProgram: Bool {
    switch runtime {
    case .workerd: WorkerdRole.runsProgram(facts.arguments)
    case .node, .deno, .bun, .chromium, .firefox, .webKitGTK: true
    }
  }

  /// How old a program must be before it is asked to evaluate anything.
  ///
  /// Deno loads parts of itself when they are first used, and has died twice (of about a hundred
  /// starts) where what we ask for fell into that.
  var leastAge: Duration {
    switch runtime {
    case .deno: .seconds(2)
    case .node, .bun, .workerd, .chromium, .firefox, .webKitGTK: .zero
    }
  }

  /// What has to be said of the programs that its inspector lists; nil where each has a heap of its
  /// own, as far as can be seen.
  func sharing(programs: Int, in table: some ProcessTable) -> String? {
    switch runtime {
    case .webKitGTK: WebKitOptions.sharing(pages: programs, of: facts.processID, in: table)
    case .node, .deno, .bun, .workerd, .chromium, .firefox: nil
    }
  }
}
