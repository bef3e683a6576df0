internal import CGRPC
internal import Synchronization

/// One call of the core and the memory its operations write to.
///
/// Whoever needs the call keeps the box; every tag in flight does. When the last one lets go, the
/// core's call is released, and the queue learns that there is one less.
final class CallBox: @unchecked Sendable {
  /// Which way a message goes.
  ///
  /// One operation each may be in flight.
  enum Direction {
    case sending
    case receiving
  }

  private struct InFlight {
    var sending = false
    var receiving = false
  }

  let call: OpaquePointer
  let state: UnsafeMutablePointer<cgrpc_call_state>
  let queue: CompletionQueue
  /// The channel of a client's call: destroying it would fail the call.
  private let owner: (any AnyObject & Sendable)?
  private let inFlight = Guarded(InFlight())
  private let isCancelled = Atomic(false)

  /// Takes over one reference to `call`, and the place on the queue that `enter()` gave.
  init(_ call: OpaquePointer, queue: CompletionQueue, owner: (any AnyObject & Sendable)?) {
    self.call = call
    self.queue = queue
    self.owner = owner
    self.state = cgrpc_call_state_create()
  }

  deinit {
    cgrpc_call_state_destroy(state)
    grpc_call_unref(call)
    queue.leave()
  }

  /// Ends the call from our side.
  ///
  /// Safe at any moment and from any thread; a call that is over already does not change.
  func cancel() {
    isCancelled.store(true, ordering: .relaxed)
    grpc_call_cancel(call, nil)
  }

  /// Whether this side has ended the call.
  var wasCancelledHere: Bool { isCancelled.load(ordering: .relaxed) }

  /// Claims a direction, so that the core is never asked for two operations of one kind at once,
  /// and `state.message` is taken before the next message is asked for.
  func claim(_ direction: Direction) -> Bool {
    inFlight.withLock { inFlight in
      switch direction {
      case .sending:
        defer { inFlight.sending = true }
        return !inFlight.sending
      case .receiving:
        defer { inFlight.receiving = true }
        return !inFlight.receiving
      }
    }
  }

  func release(_ direction: Direction) {
    inFlight.withLock { inFlight in
      switch direction {
      case .sending: inFlight.sending = false
      case .receiving: inFlight.receiving = false
      }
    }
  }

  /// Takes the message that arrived out of the state.
  func takeMessage() -> UnsafeMutablePointer<grpc_byte_buffer>? {
    defer { state.pointee.message = nil }
    return state.pointee.message
  }
}
