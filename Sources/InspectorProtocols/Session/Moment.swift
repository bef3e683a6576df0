package import HeapModel

/// When something happened, on both clocks that matter.
///
/// Sessions own no clock: time comes in with every event, so that a test can let ten minutes pass
/// in one line.
package struct Moment: Hashable, Sendable {
  /// Since any fixed beginning, by a clock that never jumps; time-outs are reckoned with it.
  package var elapsed: Duration
  /// For readings, which leave the host.
  package var wall: UnixNanoseconds

  package init(elapsed: Duration, wall: UnixNanoseconds) {
    self.elapsed = elapsed
    self.wall = wall
  }
}

extension Duration {
  /// Nanoseconds, zero where it is negative.
  package var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let whole = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return whole.overflow ? .max : whole.partialValue &+ UInt64(attoseconds / 1_000_000_000)
  }
}
