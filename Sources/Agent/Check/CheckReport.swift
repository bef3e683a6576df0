package import Configuration
internal import Connections
internal import HeapModel
internal import InspectorProtocols

/// What an agent would do to each JavaScript process of a host, and why: for the person who writes
/// its configuration.
///
/// Made of plans and of what they were made from, so nothing is asked of any process.
package struct CheckReport: Hashable, Sendable {
  /// What becomes of a process.
  package enum Action: Hashable, Sendable {
    case attach(InspectorEndpoint)
    case visit(InspectorEndpoint)
    /// Sent SIGUSR1, so that it opens its inspector on this port, and attached to.
    case open(port: UInt16)
    /// A rule says so.
    case ignore
    /// There is no way in; the sentence says what would make one.
    case list(String)

    /// For programs: these words never change.
    package var word: String {
      switch self {
      case .attach: "attach"
      case .visit: "visit"
      case .open: "open"
      case .ignore: "ignore"
      case .list: "list"
      }
    }
  }

  package var plans: [WatchPlan]
  /// What else a person should know, each a sentence.
  package var notes: [String]

  package init(
    plans: [WatchPlan],
    configuration: AgentConfiguration,
    isSuperuser: Bool
  ) {
    self.plans = plans
    notes = []
    if !configuration.discovery {
      notes.append("discovery is off: only what 'targets' names is watched")
    }
    if !configuration.capture.enabled {
      notes.append("no snapshots are taken: 'capture.enabled' is false")
    }
    let reached = plans.compactMap { configuration.staticTarget(at: $0.process.location) }
    for target in configuration.targets where !reached.contains(target) {
      notes.append("nobody listens on \(target.address), the target at line \(target.line)")
    }
    let used = Set(plans.compactMap { $0.rule?.line })
    for rule in configuration.rules where !used.contains(rule.line) {
      notes.append("the rule at line \(rule.line) decides for no process that runs now")
    }
    if !isSuperuser {
      notes.append("only processes of this user are seen; run it as the agent's user")
    }
  }
}

extension WatchPlan {
  package var action: CheckReport.Action {
    if isIgnored { return .ignore }
    switch (process.location, mode) {
    case (.absent(let advice), _):
      switch opening {
      case .possible(let port): return .open(port: port)
      case .impossible(let why): return .list(SignalOpening.detail(advice, notOpenedSince: why))
      case nil: return .list(advice)
      }
    case (.at(let endpoint), .attached): return .attach(endpoint)
    case (.at(let endpoint), .visit): return .visit(endpoint)
    }
  }
}

// MARK: For people

extension CheckReport {
  /// A few lines for each process, then what else there is to know.
  package var lines: [String] {
    let processes = plans.flatMap(Self.lines)
    let nothing = plans.isEmpty ? ["no JavaScript process runs here"] : []
    return processes + nothing + notes.map { "note: \($0)" }
  }

  private static func lines(_ plan: WatchPlan) -> [String] {
    let facts = plan.process.facts
    let pid = facts.processID > 0 ? String(facts.processID) : "-"
    let title = ProcessLabels.title(of: plan.process)
    let head = "\(pid) \(plan.process.runtime.rawValue) \(title): \(sentence(plan.action))"
    let rule = plan.rule.map { "line \($0.line)" } ?? "none matches"
    guard !plan.isIgnored else { return [head, row("rule", rule)] }
    var rows = [
      told("service", plan.labels.service), told("version", plan.labels.version),
      told("instance", plan.labels.instance), told("environment", plan.labels.environment),
    ]
    rows.append(row("mode", plan.mode.rawValue, plan.modeOrigin))
    rows.append(row("rule", rule))
    rows.append(row("budget", plan.budget.sentence))
    if let schedule = plan.rule?.treatment?.schedule {
      rows.append(row("schedule", "\(schedule)"))
      if schedule.sampleEvery != nil, let refusal = plan.process.runtime.scheduledSamplingRefusal {
        rows.append(row("", "not sampled: \(refusal)"))
      }
    }
    return [head] + rows
  }

  private static func sentence(_ action: Action) -> String {
    switch action {
    case .attach(let endpoint): "stays attached to \(endpoint.address)"
    case .visit(let endpoint): "is visited at \(endpoint.address)"
    case .open(let port): "is sent SIGUSR1 to open its inspector on port \(port), and attached to"
    case .ignore: "is left alone"
    case .list(let advice): "is listed only: \(advice)"
    }
  }

  private static func told(_ name: String, _ label: ToldLabel?) -> String {
    guard let label else { return row(name, "-", "nobody says it") }
    return row(name, label.value, label.isInferred ? "inferred from \(label.origin)" : label.origin)
  }

  private static func row(_ name: String, _ value: String, _ origin: String = "") -> String {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(width - text.count, 0))
    }
    return origin.isEmpty
      ? "  \(padded(name, 12)) \(value)" : "  \(padded(name, 12)) \(padded(value, 24)) \(origin)"
  }
}

extension CaptureBudget {
  fileprivate var sentence: String {
    var parts: [String] = []
    if let snapshotsPerDay { parts.append("\(snapshotsPerDay) snapshots a day") }
    if let longestPause { parts.append("pauses to \(longestPause.nanoseconds / 1_000_000) ms") }
    if let memory {
      parts.append("growth to \(CaptureAdmission.megabytes(UInt64(clamping: memory)))")
    }
    return parts.isEmpty ? "no limit of its own" : parts.joined(separator: ", ")
  }
}
