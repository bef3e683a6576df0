package import InspectorProtocols
internal import Synchronization

/// Gets what a session answers to one request.
///
/// Called from the loop that owns the socket: what it does there delays everything about its
/// target, the target's exit included.
package protocol RequestReceiver: Sendable {
  /// The next answer; the last is final (`SessionAction.isFinal`).
  func receive(_ action: SessionAction)
  /// Waits while the receiver has more than it is ready to hold.
  func waitForRoom() async
}

extension RequestReceiver {
  package func waitForRoom() async {}
}

extension SessionAction {
  /// The request that the action answers; nil for what comes by itself.
  var requestID: SessionRequest.ID? {
    switch self {
    case .usage(let id, _), .collected(let id, _), .samplingStarted(let id), .profile(let id, _),
      .timelineStarted(let id), .collectionWindowOpened(let id), .census(let id, _),
      .snapshotProgress(let id, _, _), .snapshotBytes(let id, _), .snapshotEnded(let id, _),
      .failed(let id, _):
      id
    case .send, .readFile, .attached, .capabilitiesChanged, .becameUnresponsive, .becameResponsive,
      .seriesEnded, .retitled, .moved, .heapPassedOver, .letGo:
      nil
    }
  }

  /// Whether nothing more follows on its request.
  var isFinal: Bool {
    switch self {
    case .snapshotProgress, .snapshotBytes: false
    default: requestID != nil
    }
  }
}

/// Waits for the one answer to a request.
final class SingleAnswer: RequestReceiver {
  private enum State {
    case empty
    case waiting(CheckedContinuation<SessionAction, Never>)
    case answered(SessionAction)
    case over
  }

  private let state = Mutex(State.empty)

  func receive(_ action: SessionAction) {
    guard action.isFinal else { return }
    let waiting = state.withLock { state -> CheckedContinuation<SessionAction, Never>? in
      switch state {
      case .empty:
        state = .answered(action)
        return nil
      case .waiting(let continuation):
        state = .over
        return continuation
      case .answered, .over:
        return nil
      }
    }
    waiting?.resume(returning: action)
  }

  /// Called once.
  ///
  /// Does not end early when the task is cancelled: every request is answered, at the latest when
  /// its session ends.
  func wait() async -> SessionAction {
    await withCheckedContinuation { continuation in
      let answer = state.withLock { state -> SessionAction? in
        if case .answered(let action) = state {
          state = .over
          return action
        }
        state = .waiting(continuation)
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }
}
