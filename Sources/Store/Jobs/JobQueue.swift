package import HeapModel

/// Work that must be done once, though workers die.
///
/// A worker claims a job for a time and extends its claim while it works; a claim that runs out is
/// given to another. A job that ended its workers too often is failed for good, so one poisonous
/// input cannot keep a collector down.
package protocol JobQueue: Sendable {
  /// Adds a job, unless one by this key is still to be done.
  ///
  /// - Returns: whether it was added or, after its end, opened again.
  func enqueue(_ job: NewJob, now: UnixNanoseconds) async throws(StoreError) -> Bool

  /// The next job that is due and that no living worker has; highest priority first, then the
  /// oldest.
  func claim(
    kinds: Set<String>,
    owner: String,
    now: UnixNanoseconds,
    leaseUntil: UnixNanoseconds
  ) async throws(StoreError) -> ClaimedJob?

  /// Keeps a claim alive.
  ///
  /// - Returns: false if it was lost: somebody else may be working on it, and its result does not
  ///   count.
  func extend(_ job: ClaimedJob, until time: UnixNanoseconds) async throws(StoreError) -> Bool

  /// Ends a job well. False as above.
  func finish(_ job: ClaimedJob, now: UnixNanoseconds) async throws(StoreError) -> Bool

  /// Ends an attempt badly: the job is tried again at `retryAt`, or never where that is nil.
  func fail(
    _ job: ClaimedJob,
    reason: String,
    retryAt: UnixNanoseconds?,
    now: UnixNanoseconds
  ) async throws(StoreError) -> Bool

  func state(of key: String) async throws(StoreError) -> JobState?
  /// Forgets jobs that ended before a time.
  func forget(endedBefore time: UnixNanoseconds) async throws(StoreError)
}

/// How often a job is tried before it is failed for good.
package let maximumJobAttempts = 3

package struct NewJob: Hashable, Sendable {
  /// What makes it one and the same job: `analysis/<snapshot id>`.
  package var key: String
  package var kind: String
  package var payload: [UInt8]
  package var priority: Int

  package init(key: String, kind: String, payload: [UInt8] = [], priority: Int = 0) {
    self.key = key
    self.kind = kind
    self.payload = payload
    self.priority = priority
  }
}

/// A job in the hands of a worker, for the length of its lease.
package struct ClaimedJob: Hashable, Sendable {
  package var key: String
  package var kind: String
  package var payload: [UInt8]
  /// 1 for the first attempt.
  ///
  /// Together with the owner it proves that a claim is still the last.
  package var attempt: Int
  package var owner: String
}

package enum JobState: Hashable, Sendable {
  case waiting(notBefore: UnixNanoseconds)
  case claimed(until: UnixNanoseconds)
  case done
  case failed(reason: String)
}
