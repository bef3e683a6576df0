internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel

/// Collects what happens at each target on behalf of a request, and shows the progress of it.
struct EventFollower {
  /// One step of one target; acts without steps have step 0.
  private struct Place: Hashable {
    var target: TargetID
    var step: UInt32
  }

  private let progress = ProgressLine()
  private let verb: String
  private var latest: [Place: TargetEvent] = [:]
  private var order: [Place] = []

  /// - Parameter verb: what is being done, for the progress: `sampling`.
  init(_ verb: String) {
    self.verb = verb
  }

  mutating func receive(_ event: TargetEvent) {
    let place = Place(target: event.targetID, step: event.step)
    if latest.updateValue(event, forKey: place) == nil { order.append(place) }
    show(event)
  }

  /// Takes the progress away while something else writes to the terminal.
  func pause() { progress.clear() }

  /// What each target came to, in the order in which they first appeared.
  ///
  /// Where no final word came, that is a failure.
  func finish() -> [TargetEvent] {
    progress.clear()
    return order.compactMap { latest[$0] }.map { event in
      guard !event.state.isFinal else { return event }
      var event = event
      event.state = .failed
      event.reason = "the collector did not say how it ended"
      event.reasonCode = "unknown"
      return event
    }
  }

  private func show(_ event: TargetEvent) {
    let ended = latest.values.count { $0.state.isFinal }
    progress.show(
      "\(verb): \(ended) of \(latest.count) done · \(event.title) \(Self.stage(of: event))"
    )
  }

  private static func stage(of event: TargetEvent) -> String {
    switch event.state {
    case .waiting: "waits for its turn"
    case .running where event.total > 0:
      "\(Int(min(Double(event.done) / Double(event.total), 1) * 100)) %"
    case .running: "running"
    case .done: "done"
    case .refused: "refused"
    case .failed: "failed"
    }
  }
}

extension TargetEvent {
  /// What a person calls the target: `checkout web-1`.
  var title: String {
    let labels = [service, instance].filter { !$0.isEmpty }.joined(separator: " ")
    return labels.isEmpty ? ShortID.text(targetID) : labels
  }

  /// Why nothing came of it, as a sentence; nil where something did.
  var complaint: String? {
    switch state {
    case .refused: DisplayText.safe("\(title): refused: \(reason)")
    case .failed: DisplayText.safe("\(title): failed: \(reason)")
    case .waiting, .running, .done: nil
    }
  }
}
