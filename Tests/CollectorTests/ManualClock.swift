import Collector
import HeapModel
import Synchronization

/// A clock that stands still until it is moved.
final class ManualClock: CollectorClock {
  private struct State {
    var now: UnixNanoseconds
    var sleepCount = 0
    var sleepers: [(until: UnixNanoseconds, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state: Mutex<State>

  init(_ now: UnixNanoseconds = 1_000 * hour) {
    state = Mutex(State(now: now))
  }

  func now() -> UnixNanoseconds {
    state.withLock { $0.now }
  }

  /// How often anyone went to sleep.
  var sleepCount: Int { state.withLock { $0.sleepCount } }

  func sleep(until time: UnixNanoseconds) async throws {
    state.withLock { $0.sleepCount += 1 }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          if state.now >= time || Task.isCancelled { return true }
          state.sleepers.append((time, continuation))
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      // Whoever is cancelled is woken with all others that wait; they look at the time again.
      wake { _ in true }
    }
    try Task.checkCancellation()
    if now() < time { try await sleep(until: time) }
  }

  func advance(by span: UnixNanoseconds) {
    let now = state.withLock { state in
      state.now += span
      return state.now
    }
    wake { $0 <= now }
  }

  private func wake(_ isDue: (UnixNanoseconds) -> Bool) {
    let due = state.withLock { state in
      let due = state.sleepers.filter { isDue($0.until) }
      state.sleepers.removeAll { isDue($0.until) }
      return due
    }
    for sleeper in due { sleeper.continuation.resume() }
  }
}

/// Waits until something is so; tests must not hang, so for ten seconds at most.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
  let clock = ContinuousClock()
  let deadline = clock.now + .seconds(10)
  while clock.now < deadline {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return try await condition()
}
