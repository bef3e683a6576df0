package import FleetProtocol
package import HeapModel
package import Log
package import Store

/// Performs what the scheduler decides: writes acts down, sends commands, tells those who wait.
///
/// Everything goes through one queue in the order of decisions, and an act is written down before
/// its command is sent: a collector that ends in between finds it and sends it again. While the
/// store cannot be written, nothing is sent and nothing is forgotten.
package actor ActCoordinator {
  package typealias Outbox = Mailbox<OutboxKey, CollectorMessage>
  package typealias Feed = Mailbox<String, ActRecord>

  private let metadata: any MetadataStore
  private let clock: any CollectorClock
  private let log: Logger
  private let endUpload: @Sendable (ActRecord, CaptureState, String) async throws -> Void

  private var scheduler: ActScheduler
  private var outboxes: [String: Outbox] = [:]
  private var feeds: [String: [Feed]] = [:]
  private var batches: [Batch] = []
  private var isPerforming = false
  /// Wakes the loop that waits for the next time of the scheduler.
  private let wake = Mailbox<Int, Int>()

  /// Decisions that are performed together, and who waits until they are written down.
  private struct Batch {
    var answers: [ActScheduler.Answer]
    var stamp: SequenceStamp?
    var done: CheckedContinuation<Result<Void, StoreError>, Never>?
  }

  /// - Parameter endUpload: says of an upload that it came to nothing or to a part.
  package init(
    metadata: any MetadataStore,
    clock: any CollectorClock,
    log: Logger,
    limits: ActScheduler.Limits = ActScheduler.Limits(),
    endUpload: @escaping @Sendable (ActRecord, CaptureState, String) async throws -> Void
  ) {
    self.metadata = metadata
    self.clock = clock
    self.log = log
    self.endUpload = endUpload
    self.scheduler = ActScheduler(limits: limits, makeID: { Identifier.make() })
  }

  // MARK: - Requests

  /// Takes up what was open when the collector last ended.
  package func restore() async throws(StoreError) {
    let acts = try await metadata.openActs()
    var open: [(ActRecord, ActScheduler.Place)] = []
    var ended: [String: CaptureState] = [:]
    var begun: Set<String> = []
    for act in acts {
      open.append((act, try await place(of: act)))
      guard act.uploadID.isEmpty == false, let upload = try await metadata.upload(act.uploadID)
      else { continue }
      begun.insert(upload.id)
      if upload.state != .running { ended[upload.id] = upload.state }
    }
    scheduler.restore(open, endedUploads: ended, begunUploads: begun, now: clock.now())
    let withActs = Set(acts.map(\.requestID))
    for request in try await metadata.openRequests() where withActs.contains(request.id) == false {
      try await metadata.closeRequest(request.id)
    }
  }

  private func place(of act: ActRecord) async throws(StoreError) -> ActScheduler.Place {
    let filter = TargetFilter(id: act.targetID)
    let target = try await metadata.targets(filter, after: nil, limit: 1).first?.description
    return ActScheduler.Place(
      agentID: act.agentID,
      bootID: target?.bootID ?? "",
      service: target?.labels.service ?? ""
    )
  }

  /// Begins a request, or joins the one by this id.
  ///
  /// - Returns: where the request's acts come, each as it is now and whenever it changes, until
  ///   all have ended.
  package func submit(
    _ request: RequestRecord,
    acts: [(ActRecord, ActScheduler.Place)]
  ) async throws(StoreError) -> Feed {
    let isNew = try await metadata.saveRequest(request, acts: acts.map(\.0))
    let open = acts.filter { $0.0.state.isFinal == false }
    if isNew, open.isEmpty { try await metadata.closeRequest(request.id) }
    if isNew { enqueue(scheduler.submit(open, now: clock.now())) }
    return try await follow(request.id)
  }

  /// Takes what an agent's schedule asks for; asked again, it changes nothing.
  package func submitScheduled(
    _ act: ActRecord,
    at place: ActScheduler.Place
  ) async throws(StoreError) {
    guard scheduler.act(act.id) == nil else { return }
    let request = RequestRecord(id: act.requestID, createdAt: clock.now())
    guard try await metadata.saveRequest(request, acts: [act]) else { return }
    enqueue(scheduler.submitScheduled(act, at: place, now: clock.now()))
  }

  /// The acts of a request, as they are now and whenever one changes.
  private func follow(_ requestID: String) async throws(StoreError) -> Feed {
    let feed = Feed()
    feeds[requestID, default: []].append(feed)
    let stored = try await metadata.acts(of: requestID)
    // The request came to its end while we read, and takes nothing any more.
    guard !feed.isClosed else { return try await endedFeed(requestID) }
    for act in stored.sorted(by: { $0.step < $1.step }) {
      // What the scheduler knows may be newer than what is written down. What it no longer knows
      // has ended since it was read, and that is told by itself.
      guard let now = scheduler.act(act.id) ?? (act.state.isFinal ? act : nil) else { continue }
      feed.put(now, for: act.id)
    }
    let request = try await metadata.request(requestID)
    if request?.isOpen != true { close(requestID) }
    return feed
  }

  private func endedFeed(_ requestID: String) async throws(StoreError) -> Feed {
    let feed = Feed()
    let acts = try await metadata.acts(of: requestID)
    for act in acts.sorted(by: { $0.step < $1.step }) { feed.put(act, for: act.id) }
    feed.close()
    return feed
  }

  /// Nobody reads this feed any more; the request goes on, but for recordings that nobody else
  /// waits for.
  package func leave(_ feed: Feed, of requestID: String) {
    feed.close()
    feeds[requestID]?.removeAll { $0 === feed }
    guard feeds[requestID]?.isEmpty == true else { return }
    feeds[requestID] = nil
    enqueue(scheduler.abandonRecordings(of: requestID, now: clock.now()))
  }

  private func close(_ requestID: String) {
    for feed in feeds.removeValue(forKey: requestID) ?? [] { feed.close() }
  }

  // MARK: - Agents

  /// An agent's stream has begun; its messages go to the outbox.
  package func agentConnected(
    _ agentID: String,
    knows commands: Set<String>,
    outbox: Outbox
  ) {
    outboxes.updateValue(outbox, forKey: agentID)?.close()
    enqueue(scheduler.agentConnected(agentID, knows: commands, now: clock.now()))
  }

  /// A stream has ended; nothing happens if the agent has a newer one.
  package func agentDisconnected(_ agentID: String, outbox: Outbox) {
    guard outboxes[agentID] === outbox else { return }
    outboxes[agentID] = nil
    scheduler.agentDisconnected(agentID, now: clock.now())
    wake.put(0, for: 0)
  }

  package var connectedAgentCount: Int { outboxes.count }

  package func isConnected(_ agentID: String) -> Bool { outboxes[agentID] != nil }

  /// What an agent has now.
  package func inventory(of agentID: String, present: Set<TargetID>) {
    enqueue(scheduler.inventory(of: agentID, present: present, now: clock.now()))
  }

  /// An agent told how a command goes.
  ///
  /// Returns when that is written down.
  package func received(
    _ update: ActUpdate,
    stamp: SequenceStamp
  ) async throws(StoreError) {
    let answers = scheduler.received(update, now: clock.now())
    let result = await withCheckedContinuation { continuation in
      batches.append(Batch(answers: answers, stamp: stamp, done: continuation))
      startPerforming()
    }
    try result.get()
  }

  // MARK: - Uploads

  package func uploadAdvanced(_ uploadID: String) {
    scheduler.uploadAdvanced(uploadID, now: clock.now())
  }

  package func uploadEnded(_ upload: UploadRecord) {
    enqueue(
      scheduler.uploadEnded(
        upload.id,
        as: upload.state,
        reason: upload.reason,
        now: clock.now()
      )
    )
  }

  // MARK: - Time

  /// Keeps the scheduler's times until the task is cancelled.
  package func run() async {
    while Task.isCancelled == false {
      let now = clock.now()
      perform(scheduler.tick(now: now))
      let next = scheduler.nextWake(after: now) ?? now + hour
      await sleepUntilWoken(next)
    }
  }

  private func sleepUntilWoken(_ time: UnixNanoseconds) async {
    let clock = clock
    let wake = wake
    await withTaskGroup { group in
      group.addTask { try? await clock.sleep(until: time) }
      group.addTask { _ = await wake.next() }
      await group.next()
      group.cancelAll()
    }
  }

  // MARK: - Performing

  /// Performs what was decided outside of the loop that keeps times, which is then to look again.
  private func enqueue(_ answers: [ActScheduler.Answer]) {
    wake.put(0, for: 0)
    perform(answers)
  }

  private func perform(_ answers: [ActScheduler.Answer]) {
    guard answers.isEmpty == false else { return }
    batches.append(Batch(answers: answers))
    startPerforming()
  }

  private func startPerforming() {
    guard isPerforming == false else { return }
    isPerforming = true
    Task { await performAll() }
  }

  private func performAll() async {
    while batches.isEmpty == false {
      let group = batches
      batches = []
      do throws(StoreError) {
        try await write(group)
        for batch in group { batch.done?.resume(returning: .success(())) }
        for answer in group.flatMap(\.answers) { await perform(answer) }
      } catch {
        log.warning("acts cannot be written down", ["error": LoggedError(error)])
        for batch in group { batch.done?.resume(returning: .failure(error)) }
        // What was decided stays decided; the agents repeat what was not acknowledged.
        batches.insert(Batch(answers: group.flatMap(\.answers)), at: 0)
        try? await clock.sleep(until: clock.now() + second)
      }
    }
    isPerforming = false
  }

  private func write(_ group: [Batch]) async throws(StoreError) {
    var latest: [String: ActRecord] = [:]
    for case .save(let act) in group.flatMap(\.answers) { latest[act.id] = act }
    let stamps = group.compactMap(\.stamp)
    guard latest.isEmpty == false || stamps.isEmpty == false else { return }
    try await metadata.saveActs(Array(latest.values), stamps: stamps)
  }

  private func perform(_ answer: ActScheduler.Answer) async {
    switch answer {
    case .save(let act):
      for feed in feeds[act.requestID] ?? [] { feed.put(act, for: act.id) }
    case .send(let act):
      outboxes[act.agentID]?.put(.command(Command(act)), for: .command(act.id))
    case .endUpload(_, let act, let state, let reason):
      do {
        try await endUpload(act, state, reason)
      } catch {
        log.warning(
          "the end of a capture is not written down",
          ["upload": act.uploadID, "error": LoggedError(error)]
        )
      }
    case .closeRequest(let id):
      do throws(StoreError) {
        try await metadata.closeRequest(id)
      } catch {
        log.warning("a request is not closed", ["request": id, "error": LoggedError(error)])
      }
      close(id)
    }
  }
}

/// What of an agent's messages replaces what: only the last acknowledgement counts.
package enum OutboxKey: Hashable, Sendable {
  case welcome
  case acknowledgement
  case command(String)
  case refusal
}

extension Command {
  /// The command by which an act is done.
  init(_ act: ActRecord) {
    let action: Action =
      switch act.kind {
      case .snapshot:
        .takeSnapshot(
          TakeSnapshot(
            uploadID: act.uploadID,
            series: act.series,
            step: act.step,
            holdIDs: act.holdsIDs,
            isForced: act.isForced,
            timelineMilliseconds: act.durationMilliseconds,
            timelineHasStacks: act.stackDepth > 0
          )
        )
      case .collection:
        .collectGarbage(CollectGarbage())
      case .sampling:
        .sample(
          Sample(
            uploadID: act.uploadID,
            durationMilliseconds: act.durationMilliseconds,
            intervalBytes: act.intervalBytes,
            stackDepth: act.stackDepth
          )
        )
      case .endSeries:
        .endSeries(EndSeries(series: act.series))
      case .watchingCollections:
        .measure(
          Measure(
            uploadID: act.uploadID,
            kind: .collections,
            durationMilliseconds: act.durationMilliseconds
          )
        )
      case .census:
        .measure(Measure(uploadID: act.uploadID, kind: .census))
      }
    self.init(id: act.id, targetID: act.targetID, deadline: act.deadline, action: action)
  }
}
