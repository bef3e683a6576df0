internal import FleetProtocol
internal import Glibc
internal import HeapModel

/// Commands that nobody gave but a rule of this host's configuration.
extension CommandDesk {
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
