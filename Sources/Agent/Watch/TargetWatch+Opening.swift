internal import Glibc
internal import HeapModel
internal import InspectorProtocols
internal import Log

/// Inspectors that were opened by SIGUSR1, closed again.
///
/// As a rule the session that watched such a process has it close its inspector when it leaves.
/// What is here is for those without a session: opened by a worker that was killed, for a rule that
/// is no more, or just before the end.
extension TargetWatch {
  private static let timeBetweenClosings = Duration.seconds(30)
  private static let longestVisit = Duration.seconds(5)

  var uptime: Duration { .nanoseconds(nanoseconds(CLOCK_MONOTONIC)) }

  /// Whether we have opened its inspector, and no rule asks for that any more.
  func isOnlyToBeClosed(_ process: DiscoveredProcess, _ id: TargetID) -> Bool {
    opener.opened.contains(id) && !plan(for: process, id).opensInspector
  }

  func closeInspector(of process: DiscoveredProcess, _ id: TargetID) {
    guard case .at(let endpoint) = process.location else {
      opener.closed(id)
      nextClosing[id] = nil
      return
    }
    guard nextClosing[id].map({ $0 <= .now }) ?? true else { return }
    nextClosing[id] = .now + Self.timeBetweenClosings
    guard let connection = closingConnection(to: endpoint, of: process) else { return }
    // Scans come fast until it has been seen that it is closed.
    closingUntil = .now + Self.longestVisit
    Task {
      await Self.visit(connection)
      closingUntil = .now + .seconds(1)
    }
  }

  /// After the sessions have left: waits until the inspectors are closed, and sees to those that
  /// had no session.
  func closeOpenedInspectors() async {
    let beginning = ContinuousClock.now
    var isAsked = false
    while !opener.opened.isEmpty, ContinuousClock.now - beginning < .seconds(2) {
      let open = lookAtOpened()
      if !isAsked, ContinuousClock.now - beginning > .milliseconds(600) {
        isAsked = true
        for (process, endpoint) in open {
          guard let connection = closingConnection(to: endpoint, of: process) else { continue }
          await Self.visit(connection)
        }
      }
      try? await Task.sleep(for: .milliseconds(30))
    }
    for target in opener.opened {
      log.warning("an inspector that was opened stays open", ["target": target.description])
    }
  }

  /// Notes which are closed, and answers those that are not.
  private func lookAtOpened() -> [(DiscoveredProcess, InspectorEndpoint)] {
    var open: [(DiscoveredProcess, InspectorEndpoint)] = []
    let found = scanner.scan(table)
    for process in found {
      let id = TargetID(bootID: host.bootID, process: process.facts)
      guard opener.opened.contains(id) else { continue }
      if case .at(let endpoint) = process.location {
        open.append((process, endpoint))
      } else if !opener.isAwaited(id) {
        opener.closed(id)
      }
    }
    opener.keep(Set(found.map { TargetID(bootID: host.bootID, process: $0.facts) }))
    return open
  }

  /// A session that comes to close the inspector; nil while somebody else is connected to it.
  private func closingConnection(
    to endpoint: InspectorEndpoint,
    of process: DiscoveredProcess
  ) -> TargetConnection? {
    let connections = EstablishedConnections(to: endpoint.address, of: table)
    guard connections.others(at: endpoint.address) == 0 else { return nil }
    return TargetConnection(
      settings: TargetConnection.Settings(
        runtime: process.runtime,
        endpoint: endpoint,
        processID: process.facts.processID,
        options: SessionOptions(nonce: .random(in: 0...UInt64.max), closesInspector: true),
        schedule: schedule,
        share: 0,
        company: company
      )
    )
  }

  /// Comes, and leaves as soon as it is there.
  private static func visit(_ connection: TargetConnection) async {
    let visit = Task {
      await connection.run { _, report in
        if case .attached = report { connection.detach() }
      }
    }
    let limit = Task {
      try await Task.sleep(for: longestVisit)
      visit.cancel()
    }
    await visit.value
    limit.cancel()
  }
}
