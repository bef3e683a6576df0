internal import Synchronization

/// When each target is read.
///
/// All targets of an agent are read close together, so that their readings travel in one message,
/// and each at its own moment within a second, so that a host does not wake all its processes at
/// once. Agents that started together are spread over the interval.
package final class MetricsSchedule: Sendable {
  private struct State {
    var interval: Duration
    /// Bytes of randomness: this agent's place in the interval.
    var phase: Double
  }

  /// Within this time of the common moment every target is read.
  package static let spread = Duration.seconds(1)

  private let origin: ContinuousClock.Instant
  private let state: Mutex<State>

  /// - Parameter phase: from 0 to 1; random.
  package init(
    interval: Duration,
    phase: Double,
    origin: ContinuousClock.Instant = .now
  ) {
    self.origin = origin
    state = Mutex(State(interval: interval, phase: phase))
  }

  package var interval: Duration {
    get { state.withLock { $0.interval } }
    set { state.withLock { $0.interval = max(newValue, .seconds(1)) } }
  }

  /// The next reading of a target after `now`.
  ///
  /// - Parameter share: from 0 to 1; the target's place within the spread.
  package func next(after now: ContinuousClock.Instant, share: Double) -> ContinuousClock.Instant {
    let (interval, phase) = state.withLock { ($0.interval, $0.phase) }
    let first = origin + interval * phase + min(Self.spread, interval) * share
    guard now >= first else { return first }
    let rounds = Int64((now - first) / interval) + 1
    return first + interval * Int(rounds)
  }
}
