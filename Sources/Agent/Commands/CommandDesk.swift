internal import Configuration
internal import FleetProtocol
internal import Glibc
internal import HeapModel
internal import InspectorProtocols
internal import Log

/// Takes the collector's commands and sees each to its end.
///
/// Every command gets exactly one final update, also over a restart: a command is noted in the
/// spool before it begins, and what an earlier agent left unfinished is told as failed.
actor CommandDesk {
  let watch: TargetWatch
  let spool: Spool
  let limits: CaptureLimits
  private let log: Logger
  private let ledger: KeptCaptureLedger

  private var book = CommandBook()
  /// The capture that is under way, and the command that it is for; there is one at a time, since
  /// each needs memory and a pause.
  private var capture: SnapshotCapture?
  private var capturing: String?
  /// The target whose allocations are recorded now, and whether that is to end early.
  var recorded: (target: TargetID, isAbandoned: Bool)?
  private var tasks: [String: Task<Void, Never>] = [:]
  /// Commands of the agent's own, of which nothing is told.
  var own: [String: Task<Outcome, Never>] = [:]
  /// Whether a collector is connected that gives scheduled snapshots their turn.
  var hasTurns = false
  /// Those that wait for theirs; nil tells that it did not come.
  var turns: [String: CheckedContinuation<Outcome?, Never>] = [:]

  /// - Parameter folder: where it is kept which snapshots were begun.
  init(
    watch: TargetWatch,
    spool: Spool,
    folder: String,
    limits: CaptureLimits,
    log: Logger
  ) {
    self.watch = watch
    self.spool = spool
    self.limits = limits
    self.log = log
    ledger = KeptCaptureLedger(folder: folder)
  }

  var runningIDs: [String] { book.runningIDs }
  var finishedIDs: [String] { book.finishedIDs }

  /// Tells of the commands that an earlier agent began and did not finish.
  func settleLeftovers() async {
    for (id, note) in await spool.openCommands() {
      guard let command = try? Command(decoding: note), command.id == id else {
        try? await spool.closeCommand(id)
        continue
      }
      _ = book.received(id)
      await finish(command, .failed(.agentRestarted, "the agent was started again meanwhile"))
    }
  }

  func received(_ command: Command) async {
    switch book.received(command.id) {
    case .begin:
      tasks[command.id] = Task {
        await carryOut(command)
        tasks[command.id] = nil
      }
    case .alreadyRunning:
      await tell(CommandUpdate(command, .running))
    case .alreadyFinished(let update):
      await tellLasting(update)
    }
  }

  /// Ends what is under way, since the agent is about to.
  func leave() async {
    let reason = "the agent was stopped"
    capture?.giveUp(SnapshotCapture.Failure(code: .agentStopped, reason: reason))
    for task in tasks.values { task.cancel() }
    for task in own.values { task.cancel() }
    for task in tasks.values { await task.value }
    for task in own.values { _ = await task.value }
    for id in turns.keys { endTurn(of: id, nil) }
  }

  private func carryOut(_ command: Command) async {
    log.info("command", ["id": command.id, "target": command.targetID.description])
    let outcome: Outcome
    do {
      try await spool.openCommand(command.id, note: command.encoded())
      outcome = await perform(command)
    } catch {
      outcome = .refused(.spoolFailed, error.message)
    }
    await finish(command, outcome)
  }

  func perform(_ command: Command) async -> Outcome {
    guard command.deadline >= nanoseconds(CLOCK_REALTIME) else {
      return .refused(.expired, "the command came after its deadline")
    }
    switch command.action {
    case .takeSnapshot(let action): return await takeSnapshot(action, command)
    case .collectGarbage: return await collectGarbage(command)
    case .sample(let action): return await sample(action, command)
    case .endSeries: return await endSeries(command)
    case .measure(let action): return await measure(action, command)
    case nil: return .refused(.notSupported, "this agent does not know that command")
    }
  }

  private func finish(_ command: Command, _ outcome: Outcome) async {
    let update = outcome.update(of: command)
    book.finished(update)
    log.info(
      "command ended",
      ["id": command.id, "state": "\(update.state)", "reason": update.reason]
    )
    await tellLasting(update)
    try? await spool.closeCommand(command.id)
    endTurn(of: command.id, outcome)
  }

  // MARK: Telling

  /// Something that the next update repeats.
  func tell(_ update: CommandUpdate) async {
    guard own[update.commandID] == nil else { return }
    await spool.append(.commandUpdate(update), at: nanoseconds(CLOCK_REALTIME))
  }

  private func tellLasting(_ update: CommandUpdate) async {
    do {
      try await spool.appendLasting(.commandUpdate(update), at: nanoseconds(CLOCK_REALTIME))
    } catch {
      log.error("an update could not be kept", ["id": update.commandID, "error": error.message])
    }
  }

  // MARK: One capture at a time

  /// Waits for one of the agent's own, which the collector cannot know of where it was begun while
  /// there was none: so it spoils nobody's series.
  ///
  /// - Returns: false while another one is under way.
  func claimCapture(for command: Command) async -> Bool {
    while let capturing, own[capturing] != nil, own[command.id] == nil, !Task.isCancelled,
      nanoseconds(CLOCK_REALTIME) < command.deadline
    {
      try? await Task.sleep(for: .milliseconds(100))
    }
    guard capturing == nil else { return false }
    capturing = command.id
    return true
  }

  /// What a target's rule allows, with what was spent of it.
  func budget(of target: FitTarget) async -> RuleBudget? {
    guard var budget = target.budget else { return nil }
    budget.now = nanoseconds(CLOCK_REALTIME)
    budget.spent = await ledger.times(of: target.process, now: budget.now)
    return budget
  }

  /// From here on the target stands still, so it counts however it ends.
  ///
  /// - Parameter process: of all its heaps together
  func noteBegin(of process: TargetID) async {
    let isKept = await ledger.began(process, at: nanoseconds(CLOCK_REALTIME))
    guard isKept == false else { return }
    log.warning("what snapshots were taken could not be kept", ["process": process.description])
  }

  func note(_ capture: SnapshotCapture?) {
    self.capture = capture
    if capture == nil { capturing = nil }
  }
}

/// How a command ended.
enum Outcome: Sendable {
  case done(upload: String? = nil, collection: CollectionEffect? = nil)
  /// Not begun.
  case refused(RefusalCode, String, CaptureEstimate? = nil)
  /// Begun and not finished.
  case failed(RefusalCode, String)

  func update(of command: Command) -> CommandUpdate {
    switch self {
    case .done(let upload, let collection):
      var update = CommandUpdate(command, .done)
      update.uploadID = upload
      update.collection = collection
      return update
    case .refused(let code, let reason, let estimate):
      var update = CommandUpdate(command, .refused, estimate: estimate)
      (update.reasonCode, update.reason) = (code.rawValue, reason)
      return update
    case .failed(let code, let reason):
      var update = CommandUpdate(command, .failed)
      (update.reasonCode, update.reason) = (code.rawValue, reason)
      return update
    }
  }
}

extension CommandUpdate {
  init(_ command: Command, _ state: State, estimate: CaptureEstimate? = nil) {
    self.init(
      commandID: command.id,
      targetID: command.targetID,
      state: state,
      estimatedPauseMilliseconds: estimate?.pauseMilliseconds ?? 0,
      estimatedGrowthBytes: estimate?.growthBytes ?? 0
    )
  }
}
