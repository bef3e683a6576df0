package import FleetProtocol
internal import HeapModel
internal import Store

extension QueryService {
  /// Takes snapshots; each target's last event is final.
  package func capture(
    _ request: CaptureRequest,
    by caller: Caller,
    _ send: (TargetEvent) async throws -> Void
  ) async throws {
    let plan = try CapturePlan(request)
    let targets = try await heaps(of: request.choice)
    if request.estimateOnly {
      for target in targets { try await send(try await estimate(target, plan.capability)) }
      return
    }
    try await audit(
      caller,
      "capture",
      on: request.choice.auditName,
      request.auditDetail
    )
    var acts: [ActRecord] = []
    let id = request.requestID.isEmpty ? Identifier.make() : request.requestID
    for target in targets {
      let step = try await nextStep(of: request.series, on: target.description.id)
      acts += plan.acts(
        on: CapturePlan.Subject(target: target, nextStep: step),
        requestID: id,
        now: clock.now(),
        makeID: Identifier.make
      )
    }
    try await follow(id, acts, of: targets, send)
  }

  /// Forces a collection in each target.
  package func collect(
    _ request: CollectRequest,
    by caller: Caller,
    _ send: (TargetEvent) async throws -> Void
  ) async throws {
    let targets = try await heaps(of: request.choice)
    try await audit(caller, "collect", on: request.choice.auditName)
    let id = request.requestID.isEmpty ? Identifier.make() : request.requestID
    let acts = targets.map { act(.collection, on: $0, .forcedCollection, requestID: id) }
    try await follow(id, acts, of: targets, send)
  }

  /// Samples allocations in all targets at once.
  package func sampleWindow(
    _ request: SampleWindowRequest,
    by caller: Caller,
    _ send: (TargetEvent) async throws -> Void
  ) async throws {
    if let refusal = LengthLimits.sampling.refusal(of: request.durationMilliseconds) {
      throw QueryError(.invalid, refusal)
    }
    let targets = try await heaps(of: request.choice)
    try await audit(caller, "sample", on: request.choice.auditName)
    let id = request.requestID.isEmpty ? Identifier.make() : request.requestID
    let acts = targets.map { target in
      var act = act(.sampling, on: target, .sampling, requestID: id)
      act.uploadID = Identifier.make()
      act.durationMilliseconds = request.durationMilliseconds
      act.intervalBytes = request.intervalBytes
      act.stackDepth = request.stackDepth
      return act
    }
    try await follow(id, acts, of: targets, send)
  }

  /// Measures something of all targets at once.
  package func measure(
    _ request: MeasureRequest,
    by caller: Caller,
    _ send: (TargetEvent) async throws -> Void
  ) async throws {
    guard let kind = request.kind else {
      throw QueryError(.invalid, "this collector does not know that measurement")
    }
    if let refusal = kind.lengths.refusal(of: request.durationMilliseconds) {
      throw QueryError(.invalid, refusal)
    }
    let targets = try await heaps(of: request.choice)
    try await audit(caller, "measure", on: request.choice.auditName, "\(kind)")
    let id = request.requestID.isEmpty ? Identifier.make() : request.requestID
    let acts = targets.map { target in
      var act = act(kind.act, on: target, kind.capability, requestID: id)
      act.uploadID = Identifier.make()
      act.durationMilliseconds = request.durationMilliseconds
      if act.reasonCode == "notSupported", target.description.hasNoHeap == false {
        act.reason = "\(target.description.runtime.rawValue) \(kind.absence)"
      }
      return act
    }
    try await follow(id, acts, of: targets, send)
  }

  /// What is asked something: of a selector not the processes whose heaps are targets beside them,
  /// and nothing that is asked by its id alone, unless it chooses nothing else; then each of these is
  /// told why not.
  private func heaps(of choice: Choice) async throws(QueryError) -> [TargetRecord] {
    let all = try await targets(choice, includesGone: false)
    guard case .selector = choice else { return all }
    let chosen = all.map(\.chosenBySelector)
    let heaps = chosen.filter { $0.description.hasNoHeap == false }
    return heaps.isEmpty ? chosen : heaps
  }

  private func act(
    _ kind: ActRecord.Kind,
    on target: TargetRecord,
    _ capability: Capabilities,
    requestID: String
  ) -> ActRecord {
    let now = clock.now()
    let act = ActRecord(
      id: Identifier.make(),
      requestID: requestID,
      kind: kind,
      targetID: target.description.id,
      agentID: target.agentID,
      notBefore: now,
      giveUpAt: now + ActScheduler.Limits().wait
    )
    return target.description.refusal(of: capability).map(act.refused) ?? act
  }

  /// Begins or joins a request and sends what becomes of its acts, to the last.
  private func follow(
    _ requestID: String,
    _ new: [ActRecord],
    of targets: [TargetRecord],
    _ send: (TargetEvent) async throws -> Void
  ) async throws {
    let byID = Dictionary(targets.map { ($0.description.id, $0.description) }) { $1 }
    let places = new.map { act in
      let target = byID[act.targetID]
      return (
        act,
        ActScheduler.Place(
          agentID: act.agentID,
          bootID: target?.bootID ?? "",
          service: target?.labels.service ?? ""
        )
      )
    }
    let request = RequestRecord(id: requestID, createdAt: clock.now())
    let feed = try await storing {
      try await acts.submit(request, acts: places)
    }
    do {
      while let act = await feed.next() {
        try await send(TargetEvent(act, of: byID[act.targetID]))
      }
    } catch {
      // Whoever asked is gone; the request goes on, and may be joined again.
      await acts.leave(feed, of: requestID)
      throw error
    }
    await acts.leave(feed, of: requestID)
    try Task.checkCancellation()
  }

  private func nextStep(
    of name: String,
    on target: TargetID
  ) async throws(QueryError) -> UInt32 {
    guard name.isEmpty == false else { return 0 }
    let filter = UploadFilter(kind: .snapshot, series: name, targets: TargetFilter(id: target))
    let newest = try await storing {
      try await metadata.uploads(filter, before: nil, limit: Int(CapturePlan.maximumSteps))
    }
    return newest.map { $0.upload.step }.max().map { $0 &+ 1 } ?? 0
  }

  /// What a snapshot of the target would cost it.
  private func estimate(
    _ target: TargetRecord,
    _ capability: Capabilities
  ) async throws(QueryError) -> TargetEvent {
    let description = target.description
    var event = TargetEvent(
      targetID: description.id,
      service: description.labels.service,
      version: description.labels.version,
      instance: description.labels.instance,
      state: .done
    )
    if let refusal = description.refusal(of: capability) {
      event.state = .refused
      event.reasonCode = refusal.code
      event.reason = refusal.reason
      return event
    }
    let usage = try await storing {
      try await series.latestUsage(of: [description.id])[description.id]
    }
    guard let usage else {
      event.state = .refused
      event.reasonCode = "noReading"
      event.reason = "no reading of its heap has come yet"
      return event
    }
    let estimate = CaptureEstimate(
      runtime: description.runtime,
      heapUsed: usage.used,
      earlier: try await earlierCapture(of: description.id)
    )
    event.estimatedPauseMilliseconds = estimate.pauseMilliseconds
    event.estimatedGrowthBytes = estimate.growthBytes
    return event
  }

  private func earlierCapture(of target: TargetID) async throws(QueryError) -> EarlierCapture? {
    let filter = UploadFilter(
      kind: .snapshot,
      states: [.complete],
      targets: TargetFilter(id: target)
    )
    let last = try await storing {
      try await metadata.uploads(filter, before: nil, limit: 1).first
    }
    guard let last, let analysis = last.analysis, analysis.state == .done else { return nil }
    return EarlierCapture(
      heapUsed: analysis.totalSelfSize,
      nodeCount: last.upload.nodeCount,
      pauseMilliseconds: last.upload.pauseNanoseconds / millisecond
    )
  }
}

extension MeasurementKind {
  fileprivate var act: ActRecord.Kind {
    switch self {
    case .collections: .watchingCollections
    case .census: .census
    }
  }
}

extension CaptureRequest {
  fileprivate var auditDetail: String {
    let recorded = recording.map { "timeline of \($0.milliseconds) ms" }
    return [isForced ? "forced" : nil, recorded].compactMap { $0 }.joined(separator: ", ")
  }
}

extension TargetEvent {
  init(_ act: ActRecord, of target: TargetDescription?) {
    let state: State =
      switch act.state {
      case .waiting: .waiting
      case .running: .running
      case .done: .done
      case .refused: .refused
      case .failed: .failed
      }
    let progress = act.progress
    self.init(
      targetID: act.targetID,
      service: target?.labels.service ?? "",
      version: target?.labels.version ?? "",
      instance: target?.labels.instance ?? "",
      state: state,
      reason: act.reason,
      reasonCode: act.reasonCode,
      done: progress.done,
      total: progress.total,
      snapshotID: act.kind == .snapshot ? act.uploadID : nil,
      step: act.step,
      profileID: act.kind.upload == .profile ? act.uploadID : nil,
      measurementID: act.kind.upload == .measurement ? act.uploadID : nil,
      collection: progress.collection.map {
        CollectionEffect(
          usedBefore: $0.usedBefore,
          usedAfter: $0.usedAfter,
          pauseNanoseconds: $0.pauseNanoseconds
        )
      },
      estimatedPauseMilliseconds: progress.estimatedPauseMilliseconds,
      estimatedGrowthBytes: progress.estimatedGrowthBytes
    )
  }
}

extension TargetRecord {
  /// What a selector can ask of it: of what is asked by its id alone, nothing.
  fileprivate var chosenBySelector: TargetRecord {
    guard description.capabilities.contains(.onlyByID) else { return self }
    var record = self
    record.description.capabilities = []
    return record
  }
}
