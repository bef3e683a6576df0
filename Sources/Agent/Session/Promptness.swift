internal import Glibc
internal import Synchronization

/// Notes when a loop is at work, so that one that never comes back is noticed.
///
/// A loop that hangs keeps its target's exit waiting. The worker stops saying that it lives when
/// any of its loops has been at work for too long without a pause, and its guardian then does what
/// helps: it kills the worker, which closes every socket.
package final class Promptness: Sendable {
  /// Nanoseconds of the monotonic clock, 0 while it waits.
  private let workingSince = Atomic<UInt64>(0)

  package init() {}

  /// Does a piece of work that does not wait for anything.
  package func working<Result>(_ body: () -> Result) -> Result {
    workingSince.store(nanoseconds(CLOCK_MONOTONIC), ordering: .relaxed)
    defer { workingSince.store(0, ordering: .relaxed) }
    return body()
  }

  /// How long the piece of work that is under way has taken so far.
  package func workingFor(now: UInt64) -> Duration {
    let since = workingSince.load(ordering: .relaxed)
    return since == 0 || now < since ? .zero : .nanoseconds(now - since)
  }
}
