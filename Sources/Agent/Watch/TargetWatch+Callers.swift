internal import Connections
internal import HeapModel

/// Programs that connect to us, once, when they start: a Bun with `BUN_INSPECT_CONNECT_TO`.
extension TargetWatch {
  /// So many may call between two scans.
  private static let callerLimit = 64

  /// Keeps a program's connection until the scan that finds the program.
  ///
  /// The kernel says which process it is; whether it is one that we watch, the scan.
  func called(by connection: SocketConnection) {
    guard !isLeaving, callers.count < Self.callerLimit,
      let processID = try? connection.peerProcess()
    else { return connection.close() }
    callers[processID] = connection
  }

  /// - Returns: whether the process has called and was answered.
  func answer(_ process: DiscoveredProcess, _ id: TargetID) -> Bool {
    guard !isLeaving, let caller = callers[process.facts.processID], targets[id]?.link == nil,
      case .unix(let path) = caller.address, BunOptions.calledSocket(in: process.facts) == path
    else { return false }
    callers[process.facts.processID] = nil
    connect(to: InspectorEndpoint(address: caller.address), id, caller: caller)
    return true
  }

  /// Of whom the scan knows nothing, or nothing good.
  func hangUpOnStrangers() {
    for caller in callers.values { caller.close() }
    callers = [:]
  }
}
