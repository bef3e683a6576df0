internal import Configuration
internal import FleetProtocol
internal import Glibc
internal import HeapModel
internal import InspectorProtocols

extension CommandDesk {
  func takeSnapshot(_ action: TakeSnapshot, _ command: Command) async -> Outcome {
    // The same upload from before a restart is not taken a second time into the same blocks.
    if let upload = await spool.status(of: action.uploadID) {
      return upload.isWhole
        ? .done(upload: action.uploadID)
        : .failed(.agentRestarted, "an earlier capture under this id was cut short")
    }
    guard await claimCapture(for: command) else {
      return .refused(.busy, "another snapshot is being taken on this host")
    }
    defer { note(nil) }
    do throws(Unfit) {
      let target = try await fitTarget(
        command.targetID,
        needing: action.recording == nil ? .snapshot : [.snapshot, .allocationTimeline]
      )
      switch try await admission(of: target, isForced: action.isForced) {
      case .refused(let estimate, let refusal):
        return .refused(refusal.code, refusal.reason, estimate)
      case .admitted(let estimate, _):
        await tell(CommandUpdate(command, .running, estimate: estimate))
        if let recording = action.recording,
          let outcome = await record(recording, command, target, estimate)
        {
          return outcome
        }
        return await capture(action, command, target, estimate)
      }
    } catch {
      return error.outcome
    }
  }

  /// Why a snapshot of a target would be refused now; nil if it would not.
  func objection(toSnapshotOf id: TargetID) async -> Outcome? {
    do throws(Unfit) {
      switch try await admission(of: try await fitTarget(id, needing: .snapshot), isForced: false) {
      case .refused(let estimate, let refusal):
        return .refused(refusal.code, refusal.reason, estimate)
      case .admitted: return nil
      }
    } catch {
      return error.outcome
    }
  }

  private func admission(
    of target: FitTarget,
    isForced: Bool
  ) async throws(Unfit) -> CaptureAdmission.Decision {
    let heapUsed = try await heapUsed(of: target)
    let estimate = CaptureEstimate(
      runtime: target.description.runtime,
      heapUsed: heapUsed,
      earlier: target.earlierCapture
    )
    return await admission(estimate, heapUsed: heapUsed, target, isForced: isForced)
  }

  private func admission(
    _ estimate: CaptureEstimate,
    heapUsed: UInt64,
    _ target: FitTarget,
    isForced: Bool
  ) async -> CaptureAdmission.Decision {
    let memory = HostMemory()
    var policy = CapturePolicy(limits)
    policy.budget = await budget(of: target)
    let situation =
      memory.situation(of: target.description.processID)
      ?? MemorySituation(residentSize: 0, available: memory.available())
    return CaptureAdmission.decide(
      estimate,
      heapUsed: heapUsed,
      in: situation,
      policy: policy,
      isForced: isForced
    )
  }

  private func heapUsed(of target: FitTarget) async throws(Unfit) -> UInt64 {
    if let usage = target.lastUsage { return usage.used }
    switch await target.heap.ask(.usage) {
    case .usage(_, let reading): return reading.usage.used
    // A heap whose size nobody tells is taken to be as large as its process.
    case .failed(_, let failure) where failure.code == .unsupported:
      return HostMemory().residentSize(of: target.description.processID) ?? 0
    case .failed(_, let failure):
      throw Unfit(code: RefusalCode(failure.code), reason: failure.message)
    default: throw Unfit(code: .malformed, reason: "the session answered something else")
    }
  }

  private func capture(
    _ action: TakeSnapshot,
    _ command: Command,
    _ target: FitTarget,
    _ estimate: CaptureEstimate
  ) async -> Outcome {
    let upload = BeginUpload(
      uploadID: action.uploadID,
      kind: .snapshot,
      agentID: spool.agentID,
      targetID: command.targetID,
      commandID: command.id,
      series: action.series,
      step: action.step,
      startedAt: nanoseconds(CLOCK_REALTIME),
      isForced: action.isForced
    )
    let capture: SnapshotCapture
    do throws(SnapshotError) {
      let engine = target.description.runtime.engine
      capture = try SnapshotCapture(upload, engine: engine, spool: spool) { [watch] in
        await watch.find(command.targetID)?.hasCompany ?? false
      }
    } catch {
      return .refused(.malformed, error.description)
    }
    note(capture)
    await noteBegin(of: target.process)
    await watch.captureBegan(command.targetID)
    let inSeries = !action.series.isEmpty
    let isRecording = action.recording != nil
    var growth = ResidentGrowth(of: target.description.processID)
    target.heap.ask(isRecording ? .stopTimeline : .snapshot(inSeries: inSeries), capture)
    let outcome = await run(capture, command, estimate, &growth)
    // Of a recording nothing is left as a rule; where its snapshot failed, it is to end now.
    if inSeries && !action.holdIDs || isRecording { target.heap.endSeries() }
    switch outcome {
    case .complete(var earlier):
      growth.look()
      earlier.growthBytes = max(growth.bytes, target.earlierCapture?.growthBytes ?? 0)
      await watch.captureEnded(command.targetID, earlier)
      return .done(upload: action.uploadID)
    case .failed(let failure):
      await watch.captureEnded(command.targetID, nil)
      return .failed(failure.code, failure.reason)
    }
  }

  /// Runs a capture, tells once a second how far it is, and gives it up after the time limit.
  private func run(
    _ capture: SnapshotCapture,
    _ command: Command,
    _ estimate: CaptureEstimate,
    _ growth: inout ResidentGrowth
  ) async -> SnapshotCapture.Outcome {
    let limit = limits.timeLimit
    let watchdog = Task {
      try await Task.sleep(for: limit)
      let reason = "it took longer than \(limit.components.seconds) s"
      capture.giveUp(SnapshotCapture.Failure(code: .timeLimit, reason: reason))
    }
    defer { watchdog.cancel() }
    var lastTold = ContinuousClock.now
    return await capture.run { done, total in
      guard ContinuousClock.now - lastTold > .seconds(1) else { return }
      lastTold = .now
      growth.look()
      var update = CommandUpdate(command, .running, estimate: estimate)
      (update.done, update.total) = (done, total)
      await tell(update)
    }
  }
}

extension CapturePolicy {
  init(_ limits: CaptureLimits) {
    self.init(memoryReserve: UInt64(clamping: limits.memoryReserve))
    isEnabled = limits.enabled
    largestHeap = limits.largestHeap.map { UInt64(clamping: $0) }
    longestPauseMilliseconds = limits.longestPause.map { $0.nanoseconds / 1_000_000 }
  }
}
