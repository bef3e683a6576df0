internal import Synchronization

/// Runs a closure when as many have counted as were announced.
final class Countdown: Sendable {
  private let left: Atomic<Int>
  private let body: @Sendable () -> Void

  init(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    left = Atomic(count)
    self.body = body
  }

  func count() {
    if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { body() }
  }
}
