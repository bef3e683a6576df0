internal import Glibc

/// Runs `body`, which starts a process, on a thread that blocks no signal.
///
/// A child starts with the signals that its parent's thread blocks, and threads that run tasks block
/// all; Node undoes that and Deno does not.
package func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
  var none = sigset_t()
  var before = sigset_t()
  sigemptyset(&none)
  pthread_sigmask(SIG_SETMASK, &none, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  try body()
}
