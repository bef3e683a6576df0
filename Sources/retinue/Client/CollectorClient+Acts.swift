internal import FleetProtocol

extension CollectorClient {
  /// How long a collector that was lost in the middle of an act may be away.
  private static let patience = Duration.seconds(60)

  /// Asks for an act that takes time, and takes what happens at each target as it comes.
  ///
  /// Connections are cut by age, and a collector may be started anew: the act goes on without us,
  /// and asking again with its id joins it. So what came once may come again.
  ///
  /// - Parameter request: with an id of its own, the same one each time.
  func act<Request>(
    _ method: FleetMethod<Request, TargetEvent>,
    _ request: Request,
    _ receive: (TargetEvent) -> Void
  ) async throws {
    var hasBegun = false
    var lostAt: ContinuousClock.Instant?
    while true {
      do {
        try await follow(method, request) { event in
          hasBegun = true
          lostAt = nil
          receive(event)
        }
        return
      } catch let error as ClientError where error.isTransient && hasBegun {
        let now = ContinuousClock.now
        let since = lostAt ?? now
        guard now - since < Self.patience else { throw error }
        lostAt = since
        try await Task.sleep(for: .milliseconds(500))
      }
    }
  }
}
