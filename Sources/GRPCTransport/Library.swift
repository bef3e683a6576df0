internal import CGRPC
internal import Glibc

/// The C core as a whole: started once, on first use, and never stopped.
///
/// A process that forks must do so before the first channel or server is made; the core's threads
/// do not exist in the child.
package enum Library {
  /// Starts the core, the first time it is called; later calls cost nothing.
  package static func start() {
    _ = started
  }

  /// Receives what the core logs (errors only): its own words, one line, no newline at the end.
  ///
  /// Called on any thread, possibly with locks of the core held: keep it short and never call this
  /// module from it. Nothing is printed unless this is set, or `GRPC_VERBOSITY` is in the
  /// environment, which leaves logging to the core (on stderr, for debugging).
  package static func setLog(_ log: (@Sendable (String) -> Void)?) {
    sink.withLock { $0 = log }
  }

  private static let sink = Guarded<(@Sendable (String) -> Void)?>(nil)

  private static let started: Void = {
    if getenv("GRPC_VERBOSITY") == nil {
      gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR)
      gpr_set_log_function { arguments in
        guard let arguments, let text = arguments.pointee.message else { return }
        Library.received(String(cString: text))
      }
    }
    grpc_init()
  }()

  private static func received(_ message: String) {
    if message.hasPrefix("assertion failed") {
      // The core aborts next: the reason must not be lost with it.
      let line = Array("gRPC core: \(message)\n".utf8)
      _ = write(STDERR_FILENO, line, line.count)
    }
    sink.withLock { $0 }?(message)
  }
}
