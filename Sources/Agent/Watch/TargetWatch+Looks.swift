internal import HeapModel

/// Looks at one process between two scans, once its connection has ended.
///
/// A scan looks at all processes, so on a busy host it comes every half minute at worst. What the
/// end of a connection tells of one of them is looked into by itself: at once, whether the process is
/// no more, and when it is time to connect again, whether its inspector is there.
extension TargetWatch {
  /// The pauses before each look: a program's sockets are closed before it has ended, and one that
  /// ends by itself has things to do.
  private static let pauses = [20, 50, 100, 200, 400, 800, 1_600].map {
    Duration.milliseconds($0)
  }

  func connectionEnded(with id: TargetID) {
    guard !isLeaving, let target = targets[id] else { return }
    let facts = target.process.facts
    guard !leaveIfOver(facts) else { return }
    if let next = target.nextConnection, target.name.isEmpty { connect(to: id, at: next) }
    let process = TargetID(bootID: host.bootID, process: facts)
    guard processesLookedAt.insert(process).inserted else { return }
    Task {
      for pause in Self.pauses {
        try? await Task.sleep(for: pause)
        if leaveIfOver(facts) { break }
      }
      processesLookedAt.remove(process)
    }
  }

  /// Lets go of all that a process had, if it is no more.
  func leaveIfOver(_ process: ProcessFacts) -> Bool {
    guard !table.stillRuns(process) else { return false }
    leave(TargetID(bootID: host.bootID, process: process))
    tellInventorySoon()
    return true
  }

  /// Connects at this time, unless something else has come of it until then.
  func connect(to id: TargetID, at time: ContinuousClock.Instant) {
    Task {
      try? await Task.sleep(until: time, clock: .continuous)
      guard !isLeaving, let target = targets[id], target.nextConnection == time,
        let process = scanner.look(at: target.process.facts, in: table),
        !isOnlyToBeClosed(process, id)
      else { return }
      take(process, id)
      tellInventorySoon()
    }
  }
}
