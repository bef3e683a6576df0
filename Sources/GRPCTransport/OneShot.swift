/// A value that arrives once, and those who wait for it.
///
/// Waiting is not ended by cancellation of the waiting task: what is awaited here always comes
/// (the core reports the end of every operation), and a cancelled call only makes it come sooner.
final class OneShot<Value: Sendable>: Sendable {
  private enum State {
    case waiting([UnsafeContinuation<Value, Never>])
    case arrived(Value)
  }

  private let state = Guarded<State>(.waiting([]))

  /// Hands the value to everyone who waits, and to all who ask later.
  ///
  /// Only the first call counts.
  func arrive(_ value: Value) {
    let waiting = state.withLock { state -> [UnsafeContinuation<Value, Never>] in
      guard case .waiting(let continuations) = state else { return [] }
      state = .arrived(value)
      return continuations
    }
    for continuation in waiting {
      continuation.resume(returning: value)
    }
  }

  /// The value, if it is there already.
  var value: Value? {
    state.withLock { state in
      guard case .arrived(let value) = state else { return nil }
      return value
    }
  }

  func wait() async -> Value {
    await withUnsafeContinuation { continuation in
      let arrived = state.withLock { state -> Value? in
        switch state {
        case .arrived(let value):
          return value
        case .waiting(let continuations):
          state = .waiting(continuations + [continuation])
          return nil
        }
      }
      if let arrived {
        continuation.resume(returning: arrived)
      }
    }
  }
}
