internal import FleetProtocol
internal import Glibc
internal import HeapModel
internal import InspectorProtocols

extension CommandDesk {
  /// Measures what was asked for, and puts it into the spool.
  func measure(_ action: Measure, _ command: Command) async -> Outcome {
    guard let kind = action.kind else {
      return .refused(.notSupported, "this agent does not know that measurement")
    }
    if let refusal = kind.lengths.refusal(of: action.durationMilliseconds) {
      return .refused(.notSupported, refusal)
    }
    do throws(Unfit) {
      let target = try await fitTarget(command.targetID, needing: kind.capability)
      switch kind {
      case .collections: return await watchCollections(of: target, action, command)
      case .census: return await takeCensus(of: target, action, command)
      }
    } catch {
      return error.outcome
    }
  }

  /// Reads collections from one reading to another, and all that are told in between.
  ///
  /// They are in the target's series as well, like those that come by themselves.
  private func watchCollections(
    of target: FitTarget,
    _ action: Measure,
    _ command: Command
  ) async -> Outcome {
    // Those that tell by themselves tell with each reading what came since the one before it.
    let tells = target.description.capabilities.contains(.collectionEvents)
    switch await target.heap.ask(tells ? .usage : .openCollectionWindow) {
    case .usage(_, let reading): await watch.told(reading.collections, of: command.targetID)
    case .collectionWindowOpened: break
    case .failed(_, let failure): return Self.outcome(of: failure)
    default: return .failed(.malformed, "the session answered something else")
    }
    let startedAt = nanoseconds(CLOCK_REALTIME)
    let window = await watch.openWindow(of: command.targetID)
    await wait(action.durationMilliseconds, for: command)
    let answer = await target.heap.ask(tells ? .usage : .closeCollectionWindow)
    if case .usage(_, let reading) = answer {
      await watch.told(reading.collections, of: command.targetID)
    }
    let collections = await watch.closeWindow(window)
    switch answer {
    case .usage:
      let points = CollectionPoints(targetID: command.targetID, activities: collections)
      let measurement = Measurement(
        startedAt: startedAt,
        endedAt: nanoseconds(CLOCK_REALTIME),
        collections: collections.isEmpty ? nil : points
      )
      return await keep(measurement, action, command)
    case .failed(_, let failure):
      return .failed(RefusalCode(failure.code), failure.message)
    default:
      return .failed(.malformed, "the session answered something else")
    }
  }

  private func takeCensus(
    of target: FitTarget,
    _ action: Measure,
    _ command: Command
  ) async -> Outcome {
    await tell(CommandUpdate(command, .running))
    let startedAt = nanoseconds(CLOCK_REALTIME)
    switch await target.heap.ask(.census) {
    case .census(_, let census):
      let measurement = Measurement(
        startedAt: startedAt,
        endedAt: nanoseconds(CLOCK_REALTIME),
        census: Census(rows: census.rows)
      )
      return await keep(measurement, action, command)
    case .failed(_, let failure): return Self.outcome(of: failure)
    default: return .failed(.malformed, "the session answered something else")
    }
  }

  /// Waits, and tells once a second how far it is; ends early when the agent does.
  private func wait(_ milliseconds: UInt64, for command: Command) async {
    let beginning = ContinuousClock.now
    let end = beginning + .milliseconds(Int64(clamping: milliseconds))
    while ContinuousClock.now < end, !Task.isCancelled {
      var update = CommandUpdate(command, .running)
      update.done = (ContinuousClock.now - beginning).nanoseconds / 1_000_000
      update.total = milliseconds
      await tell(update)
      try? await Task.sleep(until: min(end, ContinuousClock.now + .seconds(1)), clock: .continuous)
    }
  }

  private func keep(
    _ measurement: Measurement,
    _ action: Measure,
    _ command: Command
  ) async -> Outcome {
    let upload = BeginUpload(
      uploadID: action.uploadID,
      kind: .measurement,
      agentID: spool.agentID,
      targetID: command.targetID,
      commandID: command.id,
      startedAt: measurement.startedAt
    )
    return await keep([measurement], upload, endedAt: measurement.endedAt)
  }
}
