internal import Dispatch
internal import Synchronization

/// A change that waits for its transaction: what to do, and whom to tell.
struct PendingWrite: Sendable {
  /// Makes the change; what it throws is kept and told at the end.
  let perform: @Sendable (SQLiteConnection) -> StoreError?
  /// Tells the outcome: nil when the transaction is on disk, else why it is not.
  let finish: @Sendable (StoreError?) -> Void

  init<Value: Sendable>(
    _ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Value,
    _ continuation: UnsafeContinuation<Result<Value, StoreError>, Never>
  ) {
    let outcome = Outcome<Value>()
    perform = { connection in
      let result = Result { () throws(StoreError) in try body(connection) }
      outcome.result.withLock { $0 = result }
      if case .failure(let error) = result { return error }
      return nil
    }
    finish = { error in
      if let error {
        continuation.resume(returning: .failure(error))
      } else {
        let result = outcome.result.withLock { $0 }
        continuation.resume(returning: result ?? .failure(StoreError(.unavailable, "not run")))
      }
    }
  }

  private final class Outcome<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, StoreError>?>(nil)
  }
}

/// The one connection that writes, and the queue that alone uses it.
///
/// Whatever waits when a transaction begins goes into it, each change behind a savepoint so that
/// one that fails undoes itself only.
final class SQLiteWriter: @unchecked Sendable {
  /// Changes in one transaction at most: the first of them waits for the last.
  static let maximumGroupSize = 512

  private struct State {
    var pending: [PendingWrite] = []
    var failure: StoreError?
    var transactionCount = 0
  }

  private let connection: SQLiteConnection
  private let queue = DispatchQueue(label: "store.writer")
  private let state = Mutex(State())

  init(_ connection: SQLiteConnection) {
    self.connection = connection
  }

  var failure: StoreError? { state.withLock { $0.failure } }
  var transactionCount: Int { state.withLock { $0.transactionCount } }

  func submit(_ write: PendingWrite) {
    let isFirst = state.withLock { state in
      state.pending.append(write)
      return state.pending.count == 1
    }
    if isFirst { queue.async { self.commitGroups() } }
  }

  private func commitGroups() {
    while true {
      let group = state.withLock { state in
        let group = Array(state.pending.prefix(Self.maximumGroupSize))
        return group
      }
      guard group.isEmpty == false else { return }
      if let failure {
        group.forEach { $0.finish(failure) }
      } else {
        commit(group)
      }
      // Taken out only now, so that whoever comes meanwhile is not the first and waits for us.
      let isDone = state.withLock { state in
        state.pending.removeFirst(group.count)
        return state.pending.isEmpty
      }
      if isDone { return }
    }
  }

  private func commit(_ group: [PendingWrite]) {
    var outcomes: [StoreError?] = []
    do throws(StoreError) {
      try connection.script("BEGIN IMMEDIATE")
      for write in group {
        outcomes.append(try performAlone(write))
      }
      try connection.script("COMMIT")
    } catch {
      abandon(group, because: error)
      return
    }
    state.withLock { $0.transactionCount += 1 }
    for (write, outcome) in zip(group, outcomes) { write.finish(outcome) }
  }

  /// Makes one change of a group; an error of its own is returned, the group's is thrown.
  private func performAlone(_ write: PendingWrite) throws(StoreError) -> StoreError? {
    try connection.script("SAVEPOINT one")
    guard let error = write.perform(connection) else {
      try connection.script("RELEASE one")
      return nil
    }
    // Lack of room and failed reads or writes can end the whole transaction behind our back.
    guard connection.isInTransaction else { throw error }
    try connection.script("ROLLBACK TO one; RELEASE one")
    return error
  }

  private func abandon(_ group: [PendingWrite], because error: StoreError) {
    if connection.isInTransaction {
      // Nothing to do about a failure here: the next BEGIN will report it.
      try? connection.script("ROLLBACK")
    }
    if connection.didFailToSynchronize {
      let failure = StoreError(
        error.code,
        "the store is read-only until the collector is started again: \(error.message)"
      )
      state.withLock { $0.failure = failure }
    }
    for write in group { write.finish(error) }
  }
}
