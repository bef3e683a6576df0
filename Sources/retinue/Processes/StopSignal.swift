@preconcurrency internal import Dispatch
internal import Glibc

/// The wish of a person or a supervisor that a long command ends: SIGTERM, SIGINT.
///
/// A second one ends the process at once, as without us.
enum StopSignal {
  private static let numbers = [SIGTERM, SIGINT]

  /// Returns when the first of the signals came.
  static func wait() async {
    let signals = AsyncStream<Void> { continuation in
      let sources = numbers.map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
          for number in numbers { signal(number, SIG_DFL) }
          continuation.finish()
        }
        source.resume()
        return source
      }
      continuation.onTermination = { _ in
        for source in sources { source.cancel() }
      }
    }
    for await _ in signals {}
  }
}
