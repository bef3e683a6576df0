internal import FleetProtocol

/// Which commands run and which have finished: a command that comes again is the same one.
struct CommandBook {
  enum OnCommand: Hashable {
    /// It is new: do it.
    case begin
    /// It runs already; say so again.
    case alreadyRunning
    /// It has finished with this; say so again.
    case alreadyFinished(CommandUpdate)
  }

  /// As many as a hello can list.
  private static let finishedLimit = FleetLimits.commands

  private var running: Set<String> = []
  private var finished: [String: CommandUpdate] = [:]
  private var finishedOrder: [String] = []

  var runningIDs: [String] { running.sorted() }
  var finishedIDs: [String] { finishedOrder }

  mutating func received(_ id: String) -> OnCommand {
    if running.contains(id) { return .alreadyRunning }
    if let update = finished[id] { return .alreadyFinished(update) }
    running.insert(id)
    return .begin
  }

  mutating func finished(_ update: CommandUpdate) {
    running.remove(update.commandID)
    guard finished.updateValue(update, forKey: update.commandID) == nil else { return }
    finishedOrder.append(update.commandID)
    if finishedOrder.count > Self.finishedLimit {
      finished[finishedOrder.removeFirst()] = nil
    }
  }
}
