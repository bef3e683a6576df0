/// What a person may tell an agent in a file; every key is described in
/// `docs/agent-configuration.md`.
///
/// Only values, checked: what they mean for a process is in `ProcessRule` and in `Agent`.
package struct AgentConfiguration: Hashable, Sendable {
  /// Where the collector listens, as `--collector` takes it; nil if the file does not say.
  package var collector: String?
  package var tls: ClientCertificate?
  package var spool = SpoolConfiguration()
  /// Whether processes of this host are found through /proc.
  package var discovery = true
  /// Labels of every target, where nothing nearer to it says otherwise.
  package var labels = LabelSet()
  /// Where the agent stands in one pod with what it watches; nil where it does not.
  package var kubernetes: PodConfiguration?
  /// In their order; the first that matches a process decides.
  package var rules: [ProcessRule] = []
  package var targets: [StaticTarget] = []
  package var metricsInterval = Duration.seconds(10)
  package var capture = CaptureLimits()
  /// What a worker's heap may be where it runs in production, in bytes.
  ///
  /// A workerd of one's own has no such limit.
  package var workerdMemoryLimit = 128 << 20

  /// All defaults, as without a file.
  package init() {}
}

/// The files that let an agent in where the collector is not on this host.
package struct ClientCertificate: Hashable, Sendable {
  package var certificate: String
  package var key: String
  /// The certificates that the collector's own is checked against.
  package var roots: String
}

/// Where what is not yet acknowledged waits, and how much of it for how long.
package struct SpoolConfiguration: Hashable, Sendable {
  /// Nil for the standard place.
  package var folder: String?
  package var sizeLimit = 4 << 30
  package var ageLimit = Duration.seconds(72 * 3600)
}

/// What an agent that stands in the pod of its processes knows of that pod.
package struct PodConfiguration: Hashable, Sendable {
  /// The folder of a volume of the downward API; nil where the environment alone tells.
  package var podInfo: String?
}

/// When a snapshot is refused, beside what the estimates of its growth say.
package struct CaptureLimits: Hashable, Sendable {
  /// Whether snapshots are taken on this host at all.
  package var enabled = true
  /// The largest heap that is captured, in bytes used; nil for no such limit.
  package var largestHeap: Int?
  /// The longest pause that may be expected; nil for no such limit.
  package var longestPause: Duration?
  /// Bytes of memory that must stay free beside the expected growth.
  package var memoryReserve = 256 << 20
  /// A capture that takes longer is given up, and called incomplete.
  package var timeLimit = Duration.seconds(600)
  /// A series holds ids no longer than this: they cost the target speed.
  package var seriesLimit = Duration.seconds(600)
}

/// Some of the four labels; those that are nil are left to somebody else.
package struct LabelSet: Hashable, Sendable {
  package var service: String?
  package var version: String?
  package var instance: String?
  package var environment: String?

  package init(
    service: String? = nil,
    version: String? = nil,
    instance: String? = nil,
    environment: String? = nil
  ) {
    self.service = service
    self.version = version
    self.instance = instance
    self.environment = environment
  }

  /// These labels, and those of `others` that are missing here.
  package func filled(from others: LabelSet) -> LabelSet {
    LabelSet(
      service: service ?? others.service,
      version: version ?? others.version,
      instance: instance ?? others.instance,
      environment: environment ?? others.environment
    )
  }
}
