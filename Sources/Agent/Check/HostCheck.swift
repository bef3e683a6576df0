package import Configuration
internal import Glibc

/// Looks at this host once, as an agent's first scan does, and connects to nothing.
package enum HostCheck {
  package static func report(_ configuration: AgentConfiguration) -> CheckReport {
    report(configuration, ProcFileSystem(), host: .current(), isSuperuser: geteuid() == 0)
  }

  /// The same of any process table.
  package static func report(
    _ configuration: AgentConfiguration,
    _ table: some ProcessTable,
    host: Host,
    isSuperuser: Bool
  ) -> CheckReport {
    var scanner = ProcessScanner(scope: .init(configuration, table))
    let planner = WatchPlanner(configuration, host: host)
    return CheckReport(
      plans: scanner.scan(table).map(planner.plan),
      configuration: configuration,
      isSuperuser: isSuperuser
    )
  }
}
