internal import Synchronization

/// A value that is set once, after those who use it were made.
final class Once<Value: Sendable>: Sendable {
  private let held = Mutex<Value?>(nil)

  var value: Value? { held.withLock { $0 } }

  func set(_ value: Value) {
    held.withLock { $0 = value }
  }
}
