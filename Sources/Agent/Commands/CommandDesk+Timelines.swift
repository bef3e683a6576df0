internal import FleetProtocol
internal import HeapModel
internal import InspectorProtocols

extension CommandDesk {
  /// Lets a target's allocations be recorded for as long as was asked; what ends the recording is
  /// then its snapshot.
  ///
  /// The session ends it by itself soon after its time, so that it is over whatever becomes of us.
  ///
  /// - Returns: how the command ended where there is nothing to take a snapshot of; else nil.
  func record(
    _ recording: AllocationRecording,
    _ command: Command,
    _ target: FitTarget,
    _ estimate: CaptureEstimate
  ) async -> Outcome? {
    if let refusal = LengthLimits.timeline.refusal(of: recording.milliseconds) {
      return .refused(.notSupported, refusal)
    }
    if case .failed(_, let failure) = await target.heap.ask(.startTimeline(recording)) {
      return Self.outcome(of: failure)
    }
    recorded = (target: command.targetID, isAbandoned: false)
    defer { recorded = nil }
    let beginning = ContinuousClock.now
    let end = beginning + recording.length
    while ContinuousClock.now < end {
      var update = CommandUpdate(command, .running, estimate: estimate)
      update.done = (ContinuousClock.now - beginning).nanoseconds / 1_000_000
      update.total = recording.milliseconds
      await tell(update)
      // In steps, so that whoever waits hears of it, and its end is noticed.
      try? await Task.sleep(until: min(end, ContinuousClock.now + .seconds(1)), clock: .continuous)
      guard let outcome = interruption else { continue }
      target.heap.endSeries()
      return outcome
    }
    return nil
  }

  private var interruption: Outcome? {
    if Task.isCancelled { return .failed(.agentStopped, "the agent was stopped") }
    guard recorded?.isAbandoned == true else { return nil }
    return .failed(.abandoned, "nobody waits for the recording any more")
  }
}
