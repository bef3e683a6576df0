/// What is to be recorded for an allocation timeline: a snapshot that also tells when each object
/// was allocated and, with stacks, by whom.
///
/// It is by far the dearest thing to ask of a target, so it is asked for each time, lasts as long
/// as was said, and its price is said first.
package struct AllocationRecording: Hashable, Sendable {
  /// How long to record.
  package var milliseconds: UInt64
  /// Record who allocates, not only when.
  package var hasStacks: Bool

  package init(milliseconds: UInt64, hasStacks: Bool = false) {
    self.milliseconds = milliseconds
    self.hasStacks = hasStacks
  }

  package var length: Duration { .milliseconds(Int64(clamping: milliseconds)) }

  /// How many times slower a program that allocates much runs while it is recorded (measured,
  /// `docs/runtimes.md`): the more objects its heap has, the slower, since V8 collects all of them
  /// with each moment that it notes down.
  ///
  /// The snapshot at the end comes on top (`CaptureEstimate`).
  package var slowdown: ClosedRange<Double> { hasStacks ? 4...430 : 1.3...180 }
}
