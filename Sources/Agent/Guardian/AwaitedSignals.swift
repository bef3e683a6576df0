internal import Glibc

/// Signals that are blocked and taken one by one, so that no handler is needed.
package struct AwaitedSignals {
  private let numbers: sigset_t

  package init(_ numbers: [Int32]) {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    self.numbers = set
  }

  /// The next signal; nil if none comes within the time.
  func next(within time: Duration) -> Int32? {
    let (seconds, attoseconds) = time.components
    var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    var set = numbers
    let number = sigtimedwait(&set, nil, &limit)
    return number > 0 ? number : nil
  }

  /// Waits until one of them comes.
  package func wait() {
    var set = numbers
    var number: Int32 = 0
    _ = sigwait(&set, &number)
  }
}
