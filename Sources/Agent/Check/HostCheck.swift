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
    let plans = scanner.scan(table).map { process in
      var plan = planner.plan(for: process)
      if plan.opensInspector, case .absent = process.location {
        plan.opening = SignalOpening(of: process, in: table)
      }
      return plan
    }
    return CheckReport(
      plans: plans,
      configuration: configuration,
      isSuperuser: isSuperuser
    )
  }
}
