internal import Glibc

/// How many files and sockets this process may have open (`RLIMIT_NOFILE`).
///
/// A collector must never run out: when `accept` meets the limit, the core's listener dies for
/// good (CVE-2023-4785, reproduced with the core we are given).
package struct DescriptorLimit: Sendable, Equatable {
  /// What holds now.
  package var soft: Int
  /// How far this process may raise it by itself.
  package var hard: Int

  package init(soft: Int, hard: Int) {
    self.soft = soft
    self.hard = hard
  }

  /// The limit of this process.
  package static var current: DescriptorLimit {
    var limit = rlimit()
    getrlimit(resource, &limit)
    return DescriptorLimit(soft: Int(clamping: limit.rlim_cur), hard: Int(clamping: limit.rlim_max))
  }

  /// Raises the soft limit of this process to the hard one, at most to a million.
  ///
  /// More would only slow down children that close every descriptor before they run.
  ///
  /// - Returns: what holds afterwards; where raising is not allowed, what held before.
  package static func raise() -> DescriptorLimit {
    let before = current
    let wanted = min(before.hard, 1 << 20)
    if before.soft < wanted {
      var limit = rlimit(rlim_cur: rlim_t(wanted), rlim_max: rlim_t(before.hard))
      if before.hard == .max { limit.rlim_max = rlim_t.max }
      setrlimit(resource, &limit)
    }
    return current
  }

  /// What a collector for so many agents needs: four each, and 4,096 for everything else.
  package static func needed(forAgents maxAgents: Int) -> Int {
    let (product, overflow) = max(0, maxAgents).multipliedReportingOverflow(by: 4)
    return overflow ? .max : product.addingReportingOverflow(4096).overflow ? .max : product + 4096
  }

  /// A sentence for the operator if the soft limit is too low, nil if it is enough.
  package func shortage(forAgents maxAgents: Int) -> String? {
    let needed = Self.needed(forAgents: maxAgents)
    guard soft < needed else { return nil }
    return "This process may open \(soft) files and sockets, but \(maxAgents) agents need "
      + "\(needed): raise the limit (ulimit -n \(needed), or LimitNOFILE=\(needed) in the service) "
      + "or lower --max-agents to \(max(0, (soft - 4096) / 4))."
  }

  private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
}
