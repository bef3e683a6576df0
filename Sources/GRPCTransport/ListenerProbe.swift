internal import CGRPC
internal import Glibc
internal import Synchronization

/// Connects to our own listener again and again, to notice when it does not answer any more.
///
/// The core's listener can die while the process looks healthy: the port stays open and nobody
/// accepts (CVE-2023-4785). Nothing but a new process helps, so the closure is expected to end
/// this one for the supervisor to start it anew.
///
/// Has a thread of its own, not a task: it must work when all else is stuck. A descriptor is held
/// in reserve for it, and if there is none all the same, that counts as no answer.
package final class ListenerProbe: Sendable {
  private let contact: ListenerContact
  private let interval: Duration
  private let misses: Int
  private let whenDead: @Sendable (String) -> Void
  /// Written to once, to end the thread.
  private let wakeUp: WakeUp
  private let isStopped = Atomic<Bool>(false)

  /// Begins to probe, the first time after one interval.
  ///
  /// - Parameters:
  ///   - address: what the server bound, with its real port; for a wildcard, loopback is asked.
  ///   - isTLS: whether to greet with TLS instead of HTTP/2. A TLS greeting is answered before
  ///     any certificate is asked for.
  ///   - timeout: for one attempt, from connecting to the first bytes of the answer.
  ///   - misses: attempts in a row without an answer after which the listener counts as dead.
  ///   - whenDead: called once, on the probe's thread, with a sentence for the log.
  /// - Throws: `TransportError` if there are no descriptors, or the address cannot be resolved.
  package init(
    _ address: ListenAddress,
    isTLS: Bool,
    interval: Duration = .seconds(5),
    timeout: Duration = .milliseconds(2500),
    misses: Int = 2,
    whenDead: @escaping @Sendable (String) -> Void
  ) throws(TransportError) {
    wakeUp = try WakeUp()
    contact = try ListenerContact(
      address.forProbing,
      isTLS: isTLS,
      timeout: timeout,
      interrupt: wakeUp.reader
    )
    self.interval = interval
    self.misses = misses
    self.whenDead = whenDead
    startThread()
  }

  /// Ends the thread; no closure is called afterwards, except one that is running already.
  package func stop() {
    if !isStopped.exchange(true, ordering: .relaxed) { wakeUp.signal() }
  }

  private func startThread() {
    var thread = pthread_t()
    let unmanaged = Unmanaged.passRetained(self)
    let result = pthread_create(
      &thread,
      nil,
      { pointer in
        guard let pointer else { return nil }
        cgrpc_name_thread("listener-probe")
        Unmanaged<ListenerProbe>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      },
      unmanaged.toOpaque()
    )
    precondition(result == 0, "No thread for the probe: \(String(cString: strerror(result)))")
    pthread_detach(thread)
  }

  private func run() {
    var missed = 0
    var next = ContinuousClock.now + interval
    while wakeUp.wait(until: next) == .deadline {
      // From the start of an attempt to the start of the next, so that a slow one delays nothing.
      next = ContinuousClock.now + interval
      switch contact.attempt() {
      case .answered:
        missed = 0
      case .interrupted:
        return
      case .missed(let reason):
        missed += 1
        if missed >= misses {
          whenDead("The listener on \(contact.address) did not answer \(missed) times: \(reason).")
          return
        }
      }
    }
  }
}

extension ListenAddress {
  /// Where a client on this host reaches a server that listens on every address.
  fileprivate var forProbing: ListenAddress {
    switch self {
    case .tcp("0.0.0.0", let port): .tcp(host: "127.0.0.1", port: port)
    case .tcp("::", let port): .tcp(host: "::1", port: port)
    case .tcp, .unix: self
    }
  }
}
