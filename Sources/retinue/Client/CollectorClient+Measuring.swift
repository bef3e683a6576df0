internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel

/// One target's part of a measurement: how it went, and what it came to where it came to something.
struct MeasuredTarget {
  var event: TargetEvent
  var measurement: Measurement?
}

extension CollectorClient {
  /// Measures something of all chosen targets at once, and fetches what it came to.
  ///
  /// - Parameter verb: what is being done, for the progress.
  func measure(
    _ kind: MeasurementKind,
    of choice: Choice,
    for duration: Duration,
    _ verb: String
  ) async throws -> [MeasuredTarget] {
    var follower = EventFollower(verb)
    let request = MeasureRequest(
      choice: choice,
      kind: kind,
      durationMilliseconds: duration.wholeMilliseconds,
      requestID: RequestID.make()
    )
    try await act(FleetMethods.Queries.measure, request) { follower.receive($0) }
    var targets: [MeasuredTarget] = []
    for event in follower.finish() {
      var target = MeasuredTarget(event: event)
      if event.state == .done, let id = event.measurementID {
        let request = ReadMeasurementRequest(measurementID: id)
        target.measurement = try await ask(FleetMethods.Queries.readMeasurement, request)
      }
      targets.append(target)
    }
    return targets
  }
}
