package import Configuration
internal import HeapModel

/// What the agent does with one process, and why.
///
/// Made from what discovery and the configuration say, without asking the process anything: the
/// agent acts by it, and `retinue-agent check` shows it.
package struct WatchPlan: Hashable, Sendable {
  package var process: DiscoveredProcess
  /// The first rule of the configuration that matches; nil if none does.
  package var rule: ProcessRule?
  package var labels: ToldLabels
  package var mode: WatchMode
  /// Who says so, for people.
  package var modeOrigin: String
  package var budget: CaptureBudget
  /// What SIGUSR1 would do; nil where nobody has looked, or no rule asks for it.
  package var opening: SignalOpening?

  /// Whether a rule has its inspector opened by SIGUSR1 where it has none.
  package var opensInspector: Bool { rule?.treatment?.opensInspector ?? false }

  package var isIgnored: Bool { rule?.outcome == .ignore }
}

/// Makes the plan of each process.
package struct WatchPlanner: Sendable {
  private let configuration: AgentConfiguration
  private let pod: ToldLabels
  private let hostName: String

  /// - Parameter pod: what is known of the pod that the agent shares with what it watches.
  package init(
    _ configuration: AgentConfiguration,
    pod: ToldLabels = ToldLabels(),
    hostName: String
  ) {
    self.configuration = configuration
    self.pod = pod
    self.hostName = hostName
  }

  /// For this host, with what the agent's own pod says where the configuration asks for it.
  init(_ configuration: AgentConfiguration, host: Host) {
    let pod = configuration.kubernetes.map { PodLabels.ofOwnPod(folder: $0.podInfo) }
    self.init(configuration, pod: pod ?? ToldLabels(), hostName: host.name)
  }

  package func plan(for process: DiscoveredProcess) -> WatchPlan {
    let rule = configuration.rule(for: ProcessTraits(process))
    let (mode, modeOrigin) = mode(of: process.runtime, rule)
    return WatchPlan(
      process: process,
      rule: rule,
      labels: labels(of: process, rule),
      mode: mode,
      modeOrigin: modeOrigin,
      budget: rule?.treatment?.budget ?? CaptureBudget()
    )
  }

  private func labels(of process: DiscoveredProcess, _ rule: ProcessRule?) -> ToldLabels {
    var configured: [ToldLabels] = []
    if let named = configuration.staticTarget(at: process.location) {
      configured.append(ToldLabels(named.labels, from: "the target at line \(named.line)"))
    }
    if let rule, let treatment = rule.treatment {
      configured.append(ToldLabels(treatment.labels, from: "the rule at line \(rule.line)"))
    }
    configured.append(ToldLabels(configuration.labels, from: "labels of the file"))
    return ProcessLabels.told(of: process, configured: configured, pod: pod, hostName: hostName)
  }

  private func mode(of runtime: RuntimeKind, _ rule: ProcessRule?) -> (WatchMode, String) {
    guard let rule, let asked = rule.treatment?.mode else {
      return (runtime.usualMode, "usual for \(runtime.rawValue)")
    }
    guard asked == .attached || runtime.canBeVisited else {
      return (.attached, "\(runtime.rawValue) cannot be visited: its heaps are behind one session")
    }
    return (asked, "the rule at line \(rule.line)")
  }
}

extension RuntimeKind {
  /// A session on `workerd` turns its program's clean end into a crash, so nobody stays there.
  fileprivate var usualMode: WatchMode { self == .workerd ? .visit : .attached }

  /// A browser's pages and workers are told apart by the session they came with.
  ///
  /// With other runtimes a visit is to the main heap, and its worker threads are not seen.
  fileprivate var canBeVisited: Bool {
    switch self {
    case .node, .deno, .bun, .workerd, .webKitGTK: true
    case .chromium, .firefox: false
    }
  }
}

extension ProcessTraits {
  init(_ process: DiscoveredProcess) {
    self.init(
      commandLine: process.facts.arguments,
      executable: process.facts.executable,
      runtime: process.runtime.rawValue,
      ports: Set(process.ports.map { Int($0) }),
      environment: process.facts.environment.all
    )
  }
}
