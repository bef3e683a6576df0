internal import CSockets
internal import Glibc
internal import Synchronization

/// One thread that waits for all sockets of the process, and resumes the tasks that wait for them.
///
/// A registration's token is a counter and never used twice, so a late report for a closed socket
/// finds nobody. Descriptors are closed under the lock that also arms them: a number that the
/// system gives out again can never be armed by the wrong owner. Costs one descriptor for epoll,
/// one to wake the thread, and about 100 bytes a socket.
final class Reactor: Sendable {
  typealias Token = UInt64

  enum Direction {
    case read
    case write
  }

  /// Why a wait ended.
  enum Outcome {
    case ready
    case timedOut
    /// Somebody called `wake`.
    case woken
    case cancelled
    /// The socket was closed, or is not registered.
    case closed
  }

  private struct Waiter {
    let continuation: CheckedContinuation<Outcome, Never>
    let deadline: ContinuousClock.Instant?

    func isDue(_ now: ContinuousClock.Instant) -> Bool {
      deadline.map { $0 <= now } ?? false
    }
  }

  private struct Registration {
    let descriptor: Int32
    var reader: Waiter?
    var writer: Waiter?
    /// A `wake` that found nobody waiting; the next wait for input takes it.
    var isWoken = false

    var interest: UInt32 {
      (reader == nil ? 0 : UInt32(csockets_readable))
        | (writer == nil ? 0 : UInt32(csockets_writable))
    }
  }

  private struct State {
    var registrations: [Token: Registration] = [:]
    var nextToken: Token = 1
    /// When the thread will look again by itself; nil while it sleeps until something happens.
    var wakesAt: ContinuousClock.Instant?
  }

  private typealias Resumption = (CheckedContinuation<Outcome, Never>, Outcome)

  private let poller: Int32
  private let alarm: Int32
  private let state = Mutex(State())

  private static let alarmToken: Token = 0
  private static let instance = Mutex<Reactor?>(nil)

  /// The process's reactor; it is started by the first who asks.
  static func shared() throws(SocketError) -> Reactor {
    let result = instance.withLock { instance -> Result<Reactor, SocketError> in
      if let instance { return .success(instance) }
      return Result { () throws(SocketError) in
        let reactor = try Reactor()
        instance = reactor
        return reactor
      }
    }
    return try result.get()
  }

  private init() throws(SocketError) {
    poller = csockets_poller_create()
    guard poller >= 0 else { throw SocketError(failure: Int(poller), "open an epoll descriptor") }
    alarm = csockets_alarm_create()
    // From here on `deinit` closes what is open.
    guard alarm >= 0 else { throw SocketError(failure: Int(alarm), "open an event descriptor") }
    _ = csockets_poller_add(poller, alarm, Self.alarmToken)
    let readable = UInt32(csockets_readable)
    _ = csockets_poller_arm(poller, alarm, Self.alarmToken, readable)
    try startThread()
  }

  /// Only where it could not be started: its thread keeps it.
  deinit {
    for descriptor in [poller, alarm] where descriptor >= 0 { _ = csockets_close(descriptor) }
  }

  private func startThread() throws(SocketError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 256 << 10)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let failure = pthread_create(
      &thread,
      &attributes,
      { context in
        if let context {
          Unmanaged<Reactor>.fromOpaque(context).takeRetainedValue().run()
        }
        return nil
      },
      context
    )
    guard failure == 0 else {
      Unmanaged<Reactor>.fromOpaque(context).release()
      throw SocketError(failure: -Int(failure), "start the reactor's thread")
    }
  }

  /// Takes charge of a descriptor, which is closed by `close` and by nobody else.
  func register(_ descriptor: Int32) throws(SocketError) -> Token {
    let (token, failure) = state.withLock { state -> (Token, Int32) in
      let token = state.nextToken
      state.nextToken += 1
      let failure = csockets_poller_add(poller, descriptor, token)
      if failure == 0 {
        state.registrations[token] = Registration(descriptor: descriptor)
      } else {
        _ = csockets_close(descriptor)
      }
      return (token, failure)
    }
    guard failure == 0 else { throw SocketError(failure: Int(failure), "watch a socket") }
    return token
  }

  /// Waits until the socket can be read or written, or `deadline`, or a wake, or cancellation.
  ///
  /// At most one task waits for each direction of a socket.
  func wait(
    _ token: Token,
    for direction: Direction,
    until deadline: ContinuousClock.Instant?
  ) async -> Outcome {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waiter = Waiter(continuation: continuation, deadline: deadline)
        if let outcome = begin(token, direction, waiter) {
          continuation.resume(returning: outcome)
        }
      }
    } onCancel: {
      resume(end(token, direction, with: .cancelled))
    }
  }

  /// Ends the socket's wait for input, now or the next one.
  func wake(_ token: Token) {
    let resumption = state.withLock { state -> Resumption? in
      guard var registration = state.registrations[token] else { return nil }
      defer { state.registrations[token] = registration }
      guard let waiter = registration.reader else {
        registration.isWoken = true
        return nil
      }
      registration.reader = nil
      return (waiter.continuation, .woken)
    }
    resume(resumption)
  }

  /// Closes the socket and ends its waits.
  func close(_ token: Token) {
    let resumptions = state.withLock { state -> [Resumption] in
      guard let registration = state.registrations.removeValue(forKey: token) else { return [] }
      _ = csockets_poller_remove(poller, registration.descriptor)
      _ = csockets_close(registration.descriptor)
      return [registration.reader, registration.writer].compactMap { waiter in
        waiter.map { ($0.continuation, .closed) }
      }
    }
    resumptions.forEach { resume($0) }
  }

  /// Stores the waiter and arms the descriptor, or answers why there is nothing to wait for.
  private func begin(_ token: Token, _ direction: Direction, _ waiter: Waiter) -> Outcome? {
    state.withLock { state in
      guard var registration = state.registrations[token] else { return .closed }
      guard Task.isCancelled == false else { return .cancelled }
      switch direction {
      case .read where registration.isWoken:
        registration.isWoken = false
        state.registrations[token] = registration
        return .woken
      case .read:
        precondition(registration.reader == nil, "two tasks read from one socket")
        registration.reader = waiter
      case .write:
        precondition(registration.writer == nil, "two tasks write to one socket")
        registration.writer = waiter
      }
      state.registrations[token] = registration
      arm(registration, token)
      if let deadline = waiter.deadline, state.wakesAt.map({ deadline < $0 }) ?? true {
        state.wakesAt = deadline
        csockets_alarm_ring(alarm)
      }
      return nil
    }
  }

  private func arm(_ registration: Registration, _ token: Token) {
    let interest = registration.interest
    guard interest != 0 else { return }
    // Fails only for a descriptor that is not registered, which the lock rules out.
    _ = csockets_poller_arm(poller, registration.descriptor, token, interest)
  }

  private func end(_ token: Token, _ direction: Direction, with outcome: Outcome) -> Resumption? {
    state.withLock { state in
      guard var registration = state.registrations[token] else { return nil }
      let waiter: Waiter?
      switch direction {
      case .read: (waiter, registration.reader) = (registration.reader, nil)
      case .write: (waiter, registration.writer) = (registration.writer, nil)
      }
      state.registrations[token] = registration
      return waiter.map { ($0.continuation, outcome) }
    }
  }

  private func resume(_ resumption: Resumption?) {
    if let (continuation, outcome) = resumption {
      continuation.resume(returning: outcome)
    }
  }
}

/// The thread.
extension Reactor {
  private func run() {
    let capacity = 64
    var events = [csockets_event](repeating: csockets_event(), count: capacity)
    while true {
      let timeout = state.withLock { timeUntilNextDeadline(&$0) }
      let count = csockets_poller_wait(poller, &events, Int32(capacity), timeout)
      // Only a mistake of ours makes epoll_wait fail, and then nothing would ever be resumed.
      precondition(count >= 0, "epoll_wait failed: \(-count)")
      let resumptions = state.withLock { state in
        let ready = events[..<Int(count)].flatMap { report($0, &state) }
        return ready + expire(&state)
      }
      resumptions.forEach { resume($0) }
    }
  }

  private func report(_ event: csockets_event, _ state: inout State) -> [Resumption] {
    guard event.token != Self.alarmToken else {
      csockets_alarm_clear(alarm)
      let readable = UInt32(csockets_readable)
      _ = csockets_poller_arm(poller, alarm, Self.alarmToken, readable)
      return []
    }
    guard var registration = state.registrations[event.token] else { return [] }
    var resumptions: [Resumption] = []
    let readable = event.readiness & UInt32(csockets_readable) != 0
    let writable = event.readiness & UInt32(csockets_writable) != 0
    if readable, let reader = registration.reader {
      registration.reader = nil
      resumptions.append((reader.continuation, .ready))
    }
    if writable, let writer = registration.writer {
      registration.writer = nil
      resumptions.append((writer.continuation, .ready))
    }
    state.registrations[event.token] = registration
    // One report disarms the descriptor, also for the direction that was not in it.
    arm(registration, event.token)
    return resumptions
  }

  /// Ends the waits whose time has come.
  ///
  /// Looks at every socket: there are at most some hundreds, and it happens once per deadline.
  private func expire(_ state: inout State) -> [Resumption] {
    guard let wakesAt = state.wakesAt else { return [] }
    let now = ContinuousClock.now
    guard wakesAt <= now else { return [] }
    var resumptions: [Resumption] = []
    for (token, registration) in state.registrations {
      if let reader = registration.reader, reader.isDue(now) {
        state.registrations[token]?.reader = nil
        resumptions.append((reader.continuation, .timedOut))
      }
      if let writer = registration.writer, writer.isDue(now) {
        state.registrations[token]?.writer = nil
        resumptions.append((writer.continuation, .timedOut))
      }
    }
    state.wakesAt = nil
    return resumptions
  }

  private func timeUntilNextDeadline(_ state: inout State) -> Int32 {
    if state.wakesAt == nil {
      state.wakesAt = state.registrations.values
        .flatMap { [$0.reader?.deadline, $0.writer?.deadline] }
        .compactMap { $0 }
        .min()
    }
    guard let wakesAt = state.wakesAt else { return -1 }
    let (seconds, attoseconds) = (wakesAt - ContinuousClock.now).components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 3_600 else { return 3_600_000 }
    // Rounded up: a millisecond too early would only mean to look twice.
    return Int32(seconds * 1_000 + attoseconds / 1_000_000_000_000_000 + 1)
  }
}
