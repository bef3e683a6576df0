internal import Dispatch

/// Runs what computes for long on threads of its own, so that the threads which tasks share stay
/// free for those who wait.
struct BlockingWork: Sendable {
  private let queue: DispatchQueue

  /// Work is done one after the other.
  init(label: String) {
    queue = DispatchQueue(label: label, qos: .userInitiated)
  }

  func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }
}
