internal import FleetProtocol
internal import Glibc
internal import HeapModel
internal import InspectorProtocols

/// Commands that nobody gave but a rule of this host's configuration.
extension CommandDesk {
  /// A scheduled snapshot gets no turn after so long: the next one is on its way then.
  private static let longestWait = Duration.seconds(600)
  /// The collector gives it up first, so that it never runs behind the back of a later one.
  private static let delivery = Duration.seconds(30)

  /// The collector is there, and perhaps gives turns; or it has gone.
  func collectorChanged(minorVersion: UInt32?) {
    hasTurns = (minorVersion ?? 0) >= 1
  }

  /// Takes a snapshot when it is its turn among those that people ask the collector for.
  ///
  /// What would be refused now asks for none. Where no collector gives turns there is nobody whose
  /// capture it could spoil, and it is taken at once.
  ///
  /// - Returns: also whether the collector has been told how it ended.
  func takeScheduled(_ command: Command) async -> (outcome: Outcome, isTold: Bool) {
    guard hasTurns else { return (await carryOutOwn(command), false) }
    if let objection = await objection(toSnapshotOf: command.targetID) { return (objection, false) }
    let wish = ScheduledSnapshot(
      commandID: command.id,
      targetID: command.targetID,
      waitMilliseconds: Self.longestWait.nanoseconds / 1_000_000
    )
    do {
      try await spool.appendLasting(.scheduledSnapshot(wish), at: nanoseconds(CLOCK_REALTIME))
    } catch {
      return (.refused(.spoolFailed, error.message), false)
    }
    if let outcome = await turn(of: command.id) { return (outcome, true) }
    let minutes = Self.longestWait.components.seconds / 60
    return (.refused(.expired, "the collector gave it no turn within \(minutes) minutes"), false)
  }

  private func turn(of id: String) async -> Outcome? {
    let patience = Task {
      try await Task.sleep(for: Self.longestWait + Self.delivery)
      if runningIDs.contains(id) == false { endTurn(of: id, nil) }
    }
    defer { patience.cancel() }
    return await withCheckedContinuation { turns[id] = $0 }
  }

  /// What was waited for has come, or does not come any more.
  func endTurn(of id: String, _ outcome: Outcome?) {
    turns.removeValue(forKey: id)?.resume(returning: outcome)
  }

  /// Sees such a command to its end; of its course nothing is told.
  func carryOutOwn(_ command: Command) async -> Outcome {
    let task = Task { await perform(command) }
    own[command.id] = task
    defer { own[command.id] = nil }
    return await task.value
  }

  /// Lets the collector list a capture that was not begun, with the reason.
  func tellOfNothing(_ command: Command, _ code: RefusalCode) async {
    let (uploadID, kind): (String, BeginUpload.Kind)
    switch command.action {
    case .takeSnapshot(let action): (uploadID, kind) = (action.uploadID, .snapshot)
    case .sample(let action): (uploadID, kind) = (action.uploadID, .profile)
    case .measure(let action): (uploadID, kind) = (action.uploadID, .measurement)
    case .collectGarbage, .endSeries, nil: return
    }
    // A capture that was cut short has told of itself.
    guard await spool.status(of: uploadID) == nil else { return }
    let now = nanoseconds(CLOCK_REALTIME)
    let upload = BeginUpload(
      uploadID: uploadID,
      kind: kind,
      agentID: spool.agentID,
      targetID: command.targetID,
      commandID: command.id,
      startedAt: now
    )
    try? await spool.begin(upload, at: now)
    try? await spool.cut(uploadID, CutReason(code))
  }
}
