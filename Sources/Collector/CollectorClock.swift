package import HeapModel
internal import Store

/// The time as the collector sees it; tests move it by hand.
package protocol CollectorClock: Sendable {
  func now() -> UnixNanoseconds
  /// Waits until it is `time` or later.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  func sleep(until time: UnixNanoseconds) async throws
}

package struct SystemClock: CollectorClock {
  package init() {}

  package func now() -> UnixNanoseconds {
    SystemTime.now()
  }

  package func sleep(until time: UnixNanoseconds) async throws {
    let now = now()
    guard time > now else { return }
    // In pieces, since the wall clock can be set while this clock goes on.
    let left = min(time - now, 60 * second)
    try await Task.sleep(for: .nanoseconds(Int64(left)))
    if time > now + left { try await sleep(until: time) }
  }
}

/// Spans of time in the unit of `UnixNanoseconds`.
package let millisecond: UnixNanoseconds = 1_000_000
package let second = 1_000 * millisecond
package let minute = 60 * second
package let hour = 60 * minute
