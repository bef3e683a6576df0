internal import Synchronization

/// Values that wait to be read, each by one reader, at most one per key: a newer value takes an
/// older one's place.
///
/// So a slow reader costs no more than there are keys, and sees the latest of each.
package final class Mailbox<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct State {
    var values: [Key: Value] = [:]
    /// The keys of `values`, oldest first.
    var order: [Key] = []
    var isClosed = false
    var readers: [UnsafeContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// Leaves a value.
  ///
  /// After `close` it is dropped.
  package func put(_ value: Value, for key: Key) {
    wakeReaders { state in
      guard state.isClosed == false else { return }
      if state.values.updateValue(value, forKey: key) == nil { state.order.append(key) }
    }
  }

  /// Lets the reader have what is there and then its end.
  package func close() {
    wakeReaders { $0.isClosed = true }
  }

  package var isClosed: Bool { state.withLock { $0.isClosed } }

  /// The oldest value, when there is one; nil at the end, or when the reader's task is cancelled.
  package func next() async -> Value? {
    while Task.isCancelled == false {
      let (value, isClosed) = state.withLock { state -> (Value?, Bool) in
        guard state.order.isEmpty == false else { return (nil, state.isClosed) }
        return (state.values.removeValue(forKey: state.order.removeFirst()), false)
      }
      if value != nil || isClosed { return value }
      await waitForChange()
    }
    return nil
  }

  private func waitForChange() async {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let goesOn = state.withLock { state in
          if state.order.isEmpty == false || state.isClosed || Task.isCancelled { return true }
          state.readers.append(continuation)
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      wakeReaders { _ in }
    }
  }

  /// All of them, which look again for themselves.
  private func wakeReaders(_ change: (inout State) -> Void) {
    let readers = state.withLock { state in
      change(&state)
      defer { state.readers = [] }
      return state.readers
    }
    for reader in readers { reader.resume() }
  }
}
