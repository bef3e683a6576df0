internal import Synchronization

/// A value behind a lock: `Mutex`, whose order the thread sanitizer can see.
///
/// When a `Mutex` is contended, it is taken inside a library that is not built with the sanitizer,
/// and what it protects looks like a race. The flag repeats the order in our own code: a plain
/// store and a plain load on x86.
package struct Guarded<Value>: ~Copyable, Sendable {
  private let mutex: Mutex<Value>
  private let order = Atomic<Bool>(false)

  package init(_ value: consuming sending Value) {
    mutex = Mutex(value)
  }

  package borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    try mutex.withLock { value throws(Failure) in
      _ = order.load(ordering: .acquiring)
      defer { order.store(true, ordering: .releasing) }
      return try body(&value)
    }
  }
}
