package import HeapModel
internal import Synchronization

/// Jobs that live as long as the process.
package final class InMemoryJobQueue: JobQueue {
  private struct Entry: Sendable {
    var job: NewJob
    var state: JobState
    var owner: String
    var attempt: Int
    var changedAt: UnixNanoseconds
  }

  /// In the order in which they were added.
  private let entries = Mutex<[Entry]>([])

  package init() {}

  package func enqueue(_ job: NewJob, now: UnixNanoseconds) async throws(StoreError) -> Bool {
    entries.withLock { entries in
      let fresh = Entry(
        job: job,
        state: .waiting(notBefore: 0),
        owner: "",
        attempt: 0,
        changedAt: now
      )
      guard let index = entries.firstIndex(where: { $0.job.key == job.key }) else {
        entries.append(fresh)
        return true
      }
      guard entries[index].state.hasEnded else { return false }
      entries[index] = fresh
      return true
    }
  }

  package func claim(
    kinds: Set<String>,
    owner: String,
    now: UnixNanoseconds,
    leaseUntil: UnixNanoseconds
  ) async throws(StoreError) -> ClaimedJob? {
    entries.withLock { entries in
      let due = entries.indices
        .filter { kinds.contains(entries[$0].job.kind) && entries[$0].state.isDue(at: now) }
        .sorted { (-entries[$0].job.priority, $0) < (-entries[$1].job.priority, $1) }
      for index in due {
        entries[index].changedAt = now
        guard entries[index].attempt < maximumJobAttempts else {
          entries[index].state = .failed(reason: JobAttempts.exhausted)
          continue
        }
        entries[index].attempt += 1
        entries[index].owner = owner
        entries[index].state = .claimed(until: leaseUntil)
        let job = entries[index].job
        return ClaimedJob(
          key: job.key,
          kind: job.kind,
          payload: job.payload,
          attempt: entries[index].attempt,
          owner: owner
        )
      }
      return nil
    }
  }

  package func extend(
    _ job: ClaimedJob,
    until time: UnixNanoseconds
  ) async throws(StoreError) -> Bool {
    update(job) { $0.state = .claimed(until: time) }
  }

  package func finish(_ job: ClaimedJob, now: UnixNanoseconds) async throws(StoreError) -> Bool {
    update(job) { entry in
      entry.state = .done
      entry.changedAt = now
    }
  }

  package func fail(
    _ job: ClaimedJob,
    reason: String,
    retryAt: UnixNanoseconds?,
    now: UnixNanoseconds
  ) async throws(StoreError) -> Bool {
    update(job) { entry in
      if let retryAt, job.attempt < maximumJobAttempts {
        entry.state = .waiting(notBefore: retryAt)
      } else {
        entry.state = .failed(reason: reason)
      }
      entry.changedAt = now
    }
  }

  package func state(of key: String) async throws(StoreError) -> JobState? {
    entries.withLock { $0.first { $0.job.key == key }?.state }
  }

  package func forget(endedBefore time: UnixNanoseconds) async throws(StoreError) {
    entries.withLock { $0.removeAll { $0.state.hasEnded && $0.changedAt < time } }
  }

  private func update(_ job: ClaimedJob, _ change: (inout Entry) -> Void) -> Bool {
    entries.withLock { entries in
      let index = entries.firstIndex { entry in
        guard case .claimed = entry.state else { return false }
        return entry.job.key == job.key && entry.owner == job.owner && entry.attempt == job.attempt
      }
      guard let index else { return false }
      change(&entries[index])
      return true
    }
  }
}

extension JobState {
  fileprivate func isDue(at now: UnixNanoseconds) -> Bool {
    switch self {
    case .waiting(let notBefore): notBefore <= now
    case .claimed(let until): until <= now
    case .done, .failed: false
    }
  }

  fileprivate var hasEnded: Bool {
    switch self {
    case .waiting, .claimed: false
    case .done, .failed: true
    }
  }
}
