/// A target's identity: 128 bits as 32 lower-case hexadecimal digits.
///
/// It is the hash of boot id, pid namespace, pid, start time and the isolate's number in the
/// process, so it survives restarts of agent and collector, and a new process is a new target.
package struct TargetID: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  /// Accepts exactly 32 lower-case hexadecimal digits; anything else is not an identity.
  package init?(_ text: String) {
    guard text.utf8.count == 32, text.utf8.allSatisfy({ Self.isHexadecimal($0) }) else {
      return nil
    }
    self.description = text
  }

  package init(high: UInt64, low: UInt64) {
    func digits(_ value: UInt64) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
    self.description = digits(high) + digits(low)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}

/// The labels by which a fleet is grouped, with where they came from.
package struct TargetLabels: Hashable, Sendable {
  package var service: String
  package var version: String
  package var instance: String
  package var environment: String
  /// Whether the service's name was guessed from the script's name.
  package var isServiceInferred: Bool

  package init(
    service: String,
    version: String = "",
    instance: String = "",
    environment: String = "",
    isServiceInferred: Bool = false
  ) {
    self.service = service
    self.version = version
    self.instance = instance
    self.environment = environment
    self.isServiceInferred = isServiceInferred
  }

  /// The value of a selector's key: `service`, `version`, `instance` or `environment`.
  package subscript(key: String) -> String? {
    switch key {
    case "service": service
    case "version": version
    case "instance": instance
    case "environment": environment
    default: nil
    }
  }
}

/// Where a target stands, in the same words in the agent, the API and every listing.
package enum TargetState: UInt8, Sendable, Hashable, CaseIterable {
  /// One long session is open.
  case attached = 1
  /// Connected only while something is read.
  case visiting = 2
  /// Runs without an inspector; the detail holds the line that would enable it.
  case noInspector = 3
  /// A command is running on it, or it does not answer for now.
  case busy = 4
  /// A developer's own session has it.
  case inUse = 5
  /// It is about to end, and we have let go.
  case exiting = 6
  case gone = 7

  package var name: String {
    switch self {
    case .attached: "attached"
    case .visiting: "visiting"
    case .noInspector: "noInspector"
    case .busy: "busy"
    case .inUse: "inUse"
    case .exiting: "exiting"
    case .gone: "gone"
    }
  }
}

/// Everything that is known of a target beside its measurements.
package struct TargetDescription: Hashable, Sendable {
  package var id: TargetID
  package var labels: TargetLabels
  package var runtime: RuntimeKind
  /// As the runtime says it: `v24.19.0`.
  package var runtimeVersion: String
  package var processID: Int32
  /// The kernel's boot id of the host: one capture at a time is leased per host by it.
  package var bootID: String
  package var hostName: String
  /// The script as the process names it.
  package var title: String
  package var state: TargetState
  /// A sentence that belongs to the state, for people: why, or what would change it.
  package var stateDetail: String
  package var capabilities: Capabilities
  package var startedAt: UnixNanoseconds

  package init(
    id: TargetID,
    labels: TargetLabels,
    runtime: RuntimeKind,
    runtimeVersion: String,
    processID: Int32,
    bootID: String,
    hostName: String,
    title: String,
    state: TargetState,
    stateDetail: String = "",
    capabilities: Capabilities = [],
    startedAt: UnixNanoseconds
  ) {
    self.id = id
    self.labels = labels
    self.runtime = runtime
    self.runtimeVersion = runtimeVersion
    self.processID = processID
    self.bootID = bootID
    self.hostName = hostName
    self.title = title
    self.state = state
    self.stateDetail = stateDetail
    self.capabilities = capabilities
    self.startedAt = startedAt
  }
}
