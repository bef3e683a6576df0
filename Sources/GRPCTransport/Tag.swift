internal import CGRPC
internal import Synchronization

/// What the core hands back when a batch of operations is done.
///
/// The core keeps a retained pointer to the tag from the start of the batch until the queue's
/// thread pops it; a tag keeps its call, so no call is released with operations in flight.
class Tag: @unchecked Sendable {
  /// Orders our writes to the tag before the core's thread reads them.
  ///
  /// The core does so itself; the thread sanitizer cannot see it, and on x86 this is free.
  private let fence = Atomic<Bool>(false)

  /// Called once on the queue's thread.
  ///
  /// Success means what the core says for the operation.
  func complete(succeeded: Bool) {
    preconditionFailure("\(type(of: self)) does not say what completes.")
  }

  /// The pointer for the core; balanced by `popped` or, when no batch was started, by `abandon`.
  final func retained() -> UnsafeMutableRawPointer {
    let pointer = Unmanaged.passRetained(self).toOpaque()
    fence.store(true, ordering: .releasing)
    return pointer
  }

  static func popped(_ pointer: UnsafeMutableRawPointer, succeeded: Bool) {
    let tag = Unmanaged<Tag>.fromOpaque(pointer).takeRetainedValue()
    _ = tag.fence.load(ordering: .acquiring)
    tag.complete(succeeded: succeeded)
  }

  /// Takes back the pointer of a batch that the core refused to start.
  static func abandon(_ pointer: UnsafeMutableRawPointer) {
    Unmanaged<Tag>.fromOpaque(pointer).release()
  }
}

/// A tag that tells a closure.
final class ClosureTag: Tag, @unchecked Sendable {
  private let call: CallBox?
  private let body: @Sendable (Bool) -> Void

  /// - Parameter call: kept until the batch is done.
  init(keeping call: CallBox?, _ body: @escaping @Sendable (Bool) -> Void) {
    self.call = call
    self.body = body
  }

  override func complete(succeeded: Bool) {
    body(succeeded)
  }
}

/// How a batch ended.
enum BatchOutcome: Sendable {
  case succeeded
  /// The call ended first: cancelled, lost, or finished by the peer.
  case failed
  /// The core did not start it: our own mistake, or two operations of one kind at once.
  case refused(grpc_call_error)
}

/// A tag that resumes a task.
private final class ContinuationTag: Tag, @unchecked Sendable {
  private let call: CallBox
  private let continuation: UnsafeContinuation<BatchOutcome, Never>

  init(call: CallBox, continuation: UnsafeContinuation<BatchOutcome, Never>) {
    self.call = call
    self.continuation = continuation
  }

  override func complete(succeeded: Bool) {
    continuation.resume(returning: succeeded ? .succeeded : .failed)
  }
}

extension CallBox {
  /// Starts a batch and waits until it is done.
  ///
  /// After a successful `start` the completion may be running already, on the queue's thread: the
  /// closure must not touch anything afterwards.
  func awaitBatch(
    _ start: (UnsafeMutableRawPointer) -> grpc_call_error
  ) async -> BatchOutcome {
    await withUnsafeContinuation { continuation in
      let pointer = ContinuationTag(call: self, continuation: continuation).retained()
      let error = start(pointer)
      if error != GRPC_CALL_OK {
        Tag.abandon(pointer)
        continuation.resume(returning: .refused(error))
      }
    }
  }
}
