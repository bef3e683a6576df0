package import FleetProtocol
internal import HeapModel
package import Log
package import Store

/// The two directions of one agent's control stream.
package protocol ControlStream: Sendable {
  /// The next message, or nil when the agent has said its last.
  func receive() async throws -> AgentMessage?
  func send(_ message: CollectorMessage) async throws
}

/// Why a stream cannot go on; the agent comes again.
package struct ControlError: Error, Hashable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The agent broke the contract.
    case malformed
    /// The store cannot take it now.
    case unavailable
    case full
  }

  package var code: Code
  package var description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

/// Serves control streams: takes what agents tell, commits it, and only then acknowledges.
package struct ControlService: Sendable {
  private let metadata: any MetadataStore
  private let series: any SeriesStore
  private let acts: ActCoordinator
  private let streams: AgentStreams
  private let clock: any CollectorClock
  private let log: Logger
  private let maximumAgents: Int

  package init(
    metadata: any MetadataStore,
    series: any SeriesStore,
    acts: ActCoordinator,
    streams: AgentStreams,
    clock: any CollectorClock,
    log: Logger,
    maximumAgents: Int = 1_000
  ) {
    self.metadata = metadata
    self.series = series
    self.acts = acts
    self.streams = streams
    self.clock = clock
    self.log = log
    self.maximumAgents = maximumAgents
  }

  /// Serves one stream to its end.
  ///
  /// - Throws: `ControlError`, or what the stream throws.
  package func serve(_ stream: any ControlStream) async throws {
    guard let first = try await stream.receive() else { return }
    guard case .hello(let hello)? = first.body else {
      throw ControlError(.malformed, "the first message of a stream is a hello")
    }
    if let reason = await refusal(of: hello) {
      log.warning("agent refused", ["agent": hello.agentID, "reason": reason])
      try await stream.send(.refusal(Refusal(reason: reason)))
      return
    }
    let outbox = ActCoordinator.Outbox()
    // Not the outbox alone: whoever waits for a connection that broke half never looks at it.
    let eviction = Mailbox<Int, Int>()
    let number = await streams.enter(hello.agentID) { eviction.close() }
    let result: Result<Void, any Error>
    do {
      result = .success(try await converse(hello, stream, outbox, eviction))
    } catch {
      result = .failure(error)
    }
    outbox.close()
    await acts.agentDisconnected(hello.agentID, outbox: outbox)
    await streams.leave(hello.agentID, number)
    try result.get()
  }

  private func refusal(of hello: Hello) async -> String? {
    guard FleetVersion.accepts(major: hello.protocolMajor) else {
      return "this collector speaks version \(FleetVersion.major) of the protocol and the one "
        + "before it, not \(hello.protocolMajor): bring both programs to the same release"
    }
    let isKnown = await streams.contains(hello.agentID)
    guard await streams.count < maximumAgents || isKnown else {
      return "this collector serves \(maximumAgents) agents at most (--max-agents)"
    }
    return nil
  }

  private func converse(
    _ hello: Hello,
    _ stream: any ControlStream,
    _ outbox: ActCoordinator.Outbox,
    _ eviction: Mailbox<Int, Int>
  ) async throws {
    let tracker = try await welcome(hello, outbox)
    let known = Set(hello.runningCommands + hello.finishedCommands)
    await acts.agentConnected(hello.agentID, knows: known, outbox: outbox)
    // Whichever direction ends first ends the other, as does a newer stream of the agent.
    try await withThrowingTaskGroup { group in
      group.addTask { _ = await eviction.next() }
      group.addTask {
        while let message = await outbox.next() { try await stream.send(message) }
      }
      group.addTask { try await read(stream, of: hello.agentID, tracker, outbox) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func welcome(
    _ hello: Hello,
    _ outbox: ActCoordinator.Outbox
  ) async throws -> SequenceTracker {
    let agent = AgentRecord(
      id: hello.agentID,
      version: hello.agentVersion,
      hostName: hello.hostName,
      bootID: hello.bootID,
      lastSeen: clock.now()
    )
    let acknowledged = try await storing {
      try await metadata.saveAgent(agent)
      // A message is in one of the two, and those before it are in one of the two as well.
      return max(
        try await metadata.lastSequence(of: agent.id),
        try await series.lastSequence(of: agent.id)
      )
    }
    let welcome = Welcome(
      protocolMajor: FleetVersion.major,
      protocolMinor: FleetVersion.minor,
      acknowledgedSequence: acknowledged,
      now: clock.now()
    )
    outbox.put(.welcome(welcome), for: .welcome)
    log.info(
      "agent connected",
      ["agent": hello.agentID, "host": hello.hostName, "version": hello.agentVersion]
    )
    return SequenceTracker(acknowledged: acknowledged)
  }

  private func read(
    _ stream: any ControlStream,
    of agentID: String,
    _ tracker: SequenceTracker,
    _ outbox: ActCoordinator.Outbox
  ) async throws {
    var tracker = tracker
    while let message = try await stream.receive() {
      switch tracker.received(message.sequence) {
      case .malformed:
        throw ControlError(.malformed, "a message without a number")
      case .repeated:
        break
      case .takeAfterLoss(let count):
        log.warning("messages of an agent are lost", ["agent": agentID, "count": count])
        try await storing {
          try await metadata.addDrop(DropRecord(reason: "sequenceGap", count: count, bytes: 0))
        }
        try await commit(message, of: agentID)
        tracker.committed(message.sequence)
      case .take:
        try await commit(message, of: agentID)
        tracker.committed(message.sequence)
      }
      let acknowledgement = Acknowledgement(sequence: tracker.acknowledged)
      outbox.put(.acknowledgement(acknowledgement), for: .acknowledgement)
    }
  }

  /// Commits what one message says, with its number.
  private func commit(_ message: AgentMessage, of agentID: String) async throws {
    let stamp = SequenceStamp(agentID: agentID, sequence: message.sequence)
    switch message.body {
    case .hello:
      throw ControlError(.malformed, "a second hello on one stream")
    case .inventory(let inventory):
      try await storing {
        _ = try await metadata.saveInventory(inventory.targets, at: clock.now(), stamp: stamp)
      }
      let present = inventory.targets.filter { $0.state != .gone }.map(\.id)
      await acts.inventory(of: agentID, present: Set(present))
    case .readings(let readings):
      try await storing {
        _ = try await series.append(readings.byTarget, stamp: stamp)
      }
    case .commandUpdate(let update):
      try await storing {
        try await acts.received(ActUpdate(update), stamp: stamp)
      }
    case .drops(let drops):
      let records = drops.drops.map {
        DropRecord(reason: $0.reason, count: $0.count, bytes: $0.bytes)
      }
      try await storing {
        _ = try await metadata.saveDrops(records, stamp: stamp)
      }
    case .scheduledSnapshot(let wish):
      try await storing {
        try await submit(wish, of: agentID)
        _ = try await metadata.saveDrops([], stamp: stamp)
      }
    case nil:
      // Of a later minor version: only its number is kept.
      try await storing {
        _ = try await metadata.saveDrops([], stamp: stamp)
      }
    }
  }

  /// Lets a scheduled snapshot wait for its turn.
  ///
  /// One that cannot be taken gets none, which the agent tells when the wait is over.
  private func submit(
    _ wish: ScheduledSnapshot,
    of agentID: String
  ) async throws(StoreError) {
    let filter = TargetFilter(id: wish.targetID)
    guard let target = try await metadata.targets(filter, after: nil, limit: 1).first,
      target.agentID == agentID
    else { return }
    let description = target.description
    if let (code, _) = description.refusal(of: .snapshot) {
      log.info(
        "a scheduled snapshot gets no turn",
        ["target": description.id.description, "code": code]
      )
      return
    }
    let now = clock.now()
    let limit = ActScheduler.Limits().wait
    let wait = min(wish.waitMilliseconds, limit / millisecond) * millisecond
    let act = ActRecord(
      id: wish.commandID,
      requestID: wish.commandID,
      kind: .snapshot,
      targetID: description.id,
      agentID: agentID,
      uploadID: Identifier.make(),
      notBefore: now,
      giveUpAt: now + wait
    )
    let place = ActScheduler.Place(
      agentID: agentID,
      bootID: description.bootID,
      service: description.labels.service
    )
    try await acts.submitScheduled(act, at: place)
  }

  /// Runs calls of the store; their failure ends the stream, and the agent sends again.
  private func storing<Value: Sendable>(
    _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let error as StoreError {
      throw ControlError(error.code == .full ? .full : .unavailable, error.message)
    }
  }
}

extension Readings {
  var byTarget: [TargetReadings] {
    var found: [TargetID: TargetReadings] = [:]
    for points in usage {
      found[points.targetID, default: TargetReadings(targetID: points.targetID)].usage +=
        points.readings
    }
    for points in collections {
      found[points.targetID, default: TargetReadings(targetID: points.targetID)].collections +=
        points.activities
    }
    return Array(found.values)
  }
}

extension ActUpdate {
  init(_ update: CommandUpdate) {
    var progress = ActRecord.Progress()
    progress.done = update.done
    progress.total = update.total
    progress.estimatedPauseMilliseconds = update.estimatedPauseMilliseconds
    progress.estimatedGrowthBytes = update.estimatedGrowthBytes
    progress.collection = update.collection.map {
      ActRecord.Collection(
        usedBefore: $0.usedBefore,
        usedAfter: $0.usedAfter,
        pauseNanoseconds: $0.pauseNanoseconds
      )
    }
    let state: State =
      switch update.state {
      case .running: .running
      case .done: .done
      case .refused: .refused
      case .failed: .failed
      }
    self.init(
      actID: update.commandID,
      state: state,
      reason: update.reason,
      reasonCode: update.reasonCode,
      progress: progress
    )
  }
}
