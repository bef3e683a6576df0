package import HeapModel

/// What the host has to give at this moment.
package struct MemorySituation: Sendable, Hashable {
  /// Resident size of the target.
  package var residentSize: UInt64
  /// `MemAvailable` of the host.
  package var available: UInt64
  /// The limits that bind the target's control group and those around it.
  package var limits: [MemoryLimit]

  package init(residentSize: UInt64, available: UInt64, limits: [MemoryLimit] = []) {
    self.residentSize = residentSize
    self.available = available
    self.limits = limits
  }
}

/// A control group's limit, and what its processes use that cannot be taken back.
package struct MemoryLimit: Sendable, Hashable {
  package var group: String
  package var limit: UInt64
  package var used: UInt64

  package init(group: String, limit: UInt64, used: UInt64) {
    self.group = group
    self.limit = limit
    self.used = used
  }
}

/// What the host's owner allows, beside what the estimates say.
package struct CapturePolicy: Sendable, Hashable {
  package var isEnabled = true
  /// Bytes used; nil for no such limit.
  package var largestHeap: UInt64?
  package var longestPauseMilliseconds: UInt64?
  /// Bytes that must stay available on the host beside the expected growth.
  package var memoryReserve: UInt64
  /// What the rule that matches the process allows; nil if none does.
  package var budget: RuleBudget?

  package init(memoryReserve: UInt64 = 256 << 20) {
    self.memoryReserve = memoryReserve
  }
}

/// Whether a snapshot may be taken now: it stops its target, and the memory it needs can kill it.
package enum CaptureAdmission {
  package enum Decision: Sendable, Hashable {
    /// `overridden` is why it would have been refused, had it not been forced.
    case admitted(CaptureEstimate, overridden: String?)
    case refused(CaptureEstimate, Refusal)
  }

  package struct Refusal: Sendable, Hashable {
    package var code: RefusalCode
    /// For people, with the numbers.
    package var reason: String
  }

  /// - Parameter isForced: take it although the estimates speak against it. What the host's owner
  ///   said cannot be overridden from afar.
  package static func decide(
    _ estimate: CaptureEstimate,
    heapUsed: UInt64,
    in situation: MemorySituation,
    policy: CapturePolicy,
    isForced: Bool = false
  ) -> Decision {
    let refusal =
      policyRefusal(estimate, heapUsed: heapUsed, policy) ?? policy.budget?.refusal(of: estimate)
    if let refusal {
      return .refused(estimate, refusal)
    }
    guard let refusal = memoryRefusal(estimate, situation, reserve: policy.memoryReserve) else {
      return .admitted(estimate, overridden: nil)
    }
    return isForced
      ? .admitted(estimate, overridden: refusal.reason) : .refused(estimate, refusal)
  }

  private static func policyRefusal(
    _ estimate: CaptureEstimate,
    heapUsed: UInt64,
    _ policy: CapturePolicy
  ) -> Refusal? {
    guard policy.isEnabled else {
      return Refusal(
        code: .disabled,
        reason: "the agent's configuration allows no snapshots on this host: 'capture.enabled' "
          + "lifts that"
      )
    }
    if let largest = policy.largestHeap, heapUsed > largest {
      return Refusal(
        code: .heapTooLarge,
        reason: "\(megabytes(heapUsed)) of heap are in use, and the agent's configuration allows "
          + "\(megabytes(largest)): 'capture.largestHeap' lifts that"
      )
    }
    if let longest = policy.longestPauseMilliseconds, estimate.pauseMilliseconds > longest {
      return Refusal(
        code: .pauseTooLong,
        reason: "the target would stand still for about \(estimate.pauseMilliseconds) ms, and the "
          + "agent's configuration allows \(longest) ms: 'capture.longestPause' lifts that"
      )
    }
    return nil
  }

  private static func memoryRefusal(
    _ estimate: CaptureEstimate,
    _ situation: MemorySituation,
    reserve: UInt64
  ) -> Refusal? {
    let growth = estimate.growthBytes
    if growth.saturatingAdded(to: reserve) > situation.available {
      let kept = reserve > 0 ? ", of which \(megabytes(reserve)) must stay free" : ""
      return Refusal(
        code: .noMemory,
        reason: "the snapshot needs about \(megabytes(growth)) more memory in the target, "
          + "and the host has \(megabytes(situation.available)) available\(kept)"
      )
    }
    for limit in situation.limits {
      let used = max(situation.residentSize, limit.used)
      guard used.saturatingAdded(to: growth) > limit.limit else { continue }
      return Refusal(
        code: .noMemory,
        reason: "the snapshot needs about \(megabytes(growth)) more memory in the target; "
          + "\(megabytes(used)) are in use, and control group \(limit.group) is limited to "
          + megabytes(limit.limit)
      )
    }
    return nil
  }

  static func megabytes(_ bytes: UInt64) -> String {
    "\((bytes.saturatingAdded(to: 999_999)) / 1_000_000) MB"
  }
}

extension UInt64 {
  func saturatingMultiplied(by other: UInt64) -> UInt64 {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }

  func saturatingAdded(to other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
