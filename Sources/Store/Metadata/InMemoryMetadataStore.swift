package import HeapModel
internal import Synchronization

/// Metadata that lives as long as the process: for tests, and as the shortest statement of what
/// the protocol means.
package final class InMemoryMetadataStore: MetadataStore {
  struct State: Sendable {
    var agents: [String: AgentRecord] = [:]
    var sequences: [String: UInt64] = [:]
    var targets: [TargetID: TargetRecord] = [:]
    var drops: [String: DropRecord] = [:]
    var requests: [String: RequestRecord] = [:]
    var acts: [String: ActRecord] = [:]
    var uploads: [String: UploadRecord] = [:]
    var blocks: [String: [BlockRecord]] = [:]
    var analyses: [String: AnalysisRecord] = [:]
    var examinations: [ExaminationRecord] = []
    var findings: [String: FindingRecord] = [:]
    var audit: [AuditRecord] = []

    mutating func take(_ stamp: SequenceStamp) -> Bool {
      guard stamp.sequence > sequences[stamp.agentID, default: 0] else { return false }
      sequences[stamp.agentID] = stamp.sequence
      return true
    }

    mutating func add(_ drop: DropRecord) {
      var sum = drops[drop.reason] ?? DropRecord(reason: drop.reason, count: 0, bytes: 0)
      sum.count += drop.count
      sum.bytes += drop.bytes
      drops[drop.reason] = sum
    }
  }

  let state = Mutex(State())

  package init() {}
}

extension InMemoryMetadataStore {
  package func saveAgent(_ agent: AgentRecord) async throws(StoreError) {
    state.withLock { $0.agents[agent.id] = agent }
  }

  package func agents() async throws(StoreError) -> [AgentRecord] {
    state.withLock { $0.agents.values.sorted { $0.id < $1.id } }
  }

  package func lastSequence(of agentID: String) async throws(StoreError) -> UInt64 {
    state.withLock { $0.sequences[agentID] ?? 0 }
  }

  package func saveInventory(
    _ targets: [TargetDescription],
    at time: UnixNanoseconds,
    stamp: SequenceStamp
  ) async throws(StoreError) -> Bool {
    state.withLock { state in
      guard state.take(stamp) else { return false }
      for (id, record) in state.targets where record.agentID == stamp.agentID {
        if record.description.state == .gone { continue }
        state.targets[id]?.description.state = .gone
        state.targets[id]?.description.stateDetail = ""
      }
      for target in targets {
        let firstSeen = state.targets[target.id]?.firstSeen ?? time
        state.targets[target.id] = TargetRecord(
          description: target,
          agentID: stamp.agentID,
          firstSeen: firstSeen,
          lastSeen: time
        )
      }
      return true
    }
  }

  package func targets(
    _ filter: TargetFilter,
    after cursor: TargetID?,
    limit: Int
  ) async throws(StoreError) -> [TargetRecord] {
    state.withLock { state in
      let found = state.targets.values
        .filter { filter.matches($0.description) }
        .filter { target in
          cursor.map { target.description.id.description > $0.description } ?? true
        }
        .sorted { $0.description.id.description < $1.description.id.description }
      return Array(found.prefix(limit))
    }
  }

  package func saveDrops(
    _ drops: [DropRecord],
    stamp: SequenceStamp
  ) async throws(StoreError) -> Bool {
    state.withLock { state in
      guard state.take(stamp) else { return false }
      for drop in drops { state.add(drop) }
      return true
    }
  }

  package func addDrop(_ drop: DropRecord) async throws(StoreError) {
    state.withLock { $0.add(drop) }
  }

  package func drops() async throws(StoreError) -> [DropRecord] {
    state.withLock { $0.drops.values.sorted { $0.reason < $1.reason } }
  }
}

extension InMemoryMetadataStore {
  package func saveRequest(
    _ request: RequestRecord,
    acts: [ActRecord]
  ) async throws(StoreError) -> Bool {
    state.withLock { state in
      guard state.requests[request.id] == nil else { return false }
      state.requests[request.id] = request
      for act in acts { state.acts[act.id] = act }
      return true
    }
  }

  package func request(_ id: String) async throws(StoreError) -> RequestRecord? {
    state.withLock { $0.requests[id] }
  }

  package func closeRequest(_ id: String) async throws(StoreError) {
    state.withLock { $0.requests[id]?.isOpen = false }
  }

  package func saveActs(
    _ acts: [ActRecord],
    stamps: [SequenceStamp]
  ) async throws(StoreError) {
    state.withLock { state in
      for stamp in stamps { _ = state.take(stamp) }
      for act in acts { state.acts[act.id] = act }
    }
  }

  package func acts(of requestID: String) async throws(StoreError) -> [ActRecord] {
    state.withLock { state in
      state.acts.values.filter { $0.requestID == requestID }.sorted { $0.id < $1.id }
    }
  }

  package func openActs() async throws(StoreError) -> [ActRecord] {
    state.withLock { state in
      state.acts.values.filter { $0.state.isFinal == false }.sorted { $0.id < $1.id }
    }
  }

  package func openRequests() async throws(StoreError) -> [RequestRecord] {
    state.withLock { $0.requests.values.filter(\.isOpen).sorted { $0.id < $1.id } }
  }

  package func forgetRequests(before time: UnixNanoseconds) async throws(StoreError) {
    state.withLock { state in
      for request in state.requests.values where !request.isOpen && request.createdAt < time {
        state.requests[request.id] = nil
        for act in state.acts.values where act.requestID == request.id {
          state.acts[act.id] = nil
        }
      }
    }
  }
}
