internal import CommandLineArguments
internal import FleetProtocol

extension SnapshotTakeCommand {
  /// A series with a command of the user's between each two snapshots: what the operator's marks do
  /// by hand.
  ///
  /// Where no target could be captured, or the command fails, the series ends: a step after an
  /// action that did not happen would be taken for one without a leak.
  ///
  /// - Returns: why the series ended before its last snapshot; nil where it did not.
  static func take(
    _ count: Int,
    of request: CaptureRequest,
    between action: String,
    _ client: CollectorClient,
    _ follower: inout EventFollower
  ) async throws -> String? {
    for step in 1...count {
      var request = request
      request.requestID = RequestID.make()
      request.mark = step == 1 ? "baseline" : step == count ? "repeat" : "action"
      var isAnyDone = false
      try await client.act(FleetMethods.Queries.capture, request) { event in
        if event.state == .done { isAnyDone = true }
        follower.receive(event)
      }
      guard isAnyDone, step < count else { return nil }
      follower.pause()
      let code = try await ShellCommand.run(
        action,
        environment: ["RETINUE_SERIES": request.series, "RETINUE_STEP": String(step)]
      )
      guard code == 0 else {
        return "the series '\(request.series)' ends after \(step) of \(count) snapshots: "
          + "the command of --action failed with exit code \(code)"
      }
    }
    return nil
  }
}
