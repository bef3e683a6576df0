/// What a guardian does about its worker: told what happened, it answers what to do.
///
/// A worker holds sockets that its targets wait for at their end, so one that hangs is worse than
/// none: after three seconds without a sign of life it is killed, which closes them all, and another
/// one is started. Time in which it had work and got no processor is no silence of its own, up to a
/// limit: to kill and start it on a machine that is so busy would only make it worse.
package struct GuardianPolicy {
  package struct Times: Sendable, Hashable {
    /// Silence after which a worker is killed.
    package var silence: Duration = .seconds(3)
    /// Of a silence, so much can be the machine's.
    package var starvation: Duration = .seconds(7)
    /// The same before its first sign of life: it holds no sockets yet.
    package var start: Duration = .seconds(30)
    /// How long it may take to let go of everything when told to end.
    package var farewell: Duration = .seconds(10)
    package var shortestWait: Duration = .milliseconds(100)
    package var longestWait: Duration = .seconds(30)
    /// A worker that lived so long was healthy: the next wait is the shortest again.
    package var healthy: Duration = .seconds(60)

    package init() {}
  }

  /// How a worker ended.
  package enum End: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
  }

  package enum Action: Sendable, Hashable {
    case start
    /// Tell the worker to end in good order.
    case terminate
    case kill
    /// End with this status.
    case exit(Int32)
  }

  private enum State {
    case waiting(until: Duration)
    case starting(since: Duration)
    case alive(since: Duration, lastSign: Duration)
    /// Killed; its end is still to come.
    case killed(since: Duration)
    case leaving(since: Duration, lastSign: Duration)
    case over
  }

  private let times: Times
  private var state: State
  private var wait: Duration
  /// How much of the silence so far the worker waited for a processor.
  private var starved = Duration.zero
  /// Whether any worker was ever ready: until then a worker that ends is a reason to give up, since
  /// whatever stopped it is there at the next start too.
  private var hasBeenReady = false
  private var isToldToEnd = false

  package init(times: Times = Times()) {
    self.times = times
    wait = times.shortestWait
    state = .waiting(until: .zero)
  }

  /// When `tick` must be called if nothing happens before.
  package var deadline: Duration? {
    switch state {
    case .waiting(let until): until
    case .starting(let since): since + times.start
    case .alive(_, let lastSign): lastSign + times.silence + starved
    case .leaving(let since, let lastSign):
      min(since + times.farewell, lastSign + times.silence + starved)
    case .killed, .over: nil
    }
  }

  package mutating func tick(at now: Duration) -> Action? {
    guard let deadline, deadline <= now else { return nil }
    switch state {
    case .waiting:
      starved = .zero
      state = .starting(since: now)
      return .start
    case .starting(let since), .alive(let since, _), .leaving(let since, _):
      state = .killed(since: since)
      return .kill
    case .killed, .over:
      return nil
    }
  }

  /// How long the worker has said nothing; nil where that is of no account.
  package func silence(at now: Duration) -> Duration? {
    switch state {
    case .alive(_, let lastSign), .leaving(_, let lastSign): now - lastSign
    case .waiting, .starting, .killed, .over: nil
    }
  }

  /// The worker has waited for a processor for so long, of the time that it has said nothing.
  package mutating func sawStarvation(_ waited: Duration) {
    starved = min(max(waited, .zero), times.starvation)
  }

  /// The worker says that it lives.
  package mutating func sawSign(at now: Duration) {
    starved = .zero
    switch state {
    case .starting(let since): state = .alive(since: since, lastSign: now)
    case .alive(let since, _): state = .alive(since: since, lastSign: now)
    case .leaving(let since, _): state = .leaving(since: since, lastSign: now)
    case .waiting, .killed, .over: break
    }
  }

  /// The worker says that it is ready.
  package mutating func sawReady(at now: Duration) {
    hasBeenReady = true
    sawSign(at: now)
  }

  package mutating func workerEnded(_ end: End, at now: Duration) -> Action? {
    if isToldToEnd || !hasBeenReady {
      state = .over
      return .exit(end.status)
    }
    switch state {
    case .starting(let since), .alive(let since, _), .killed(let since), .leaving(let since, _):
      if now - since >= times.healthy { wait = times.shortestWait }
      state = .waiting(until: now + wait)
      wait = min(wait * 2, times.longestWait)
    case .waiting, .over: break
    }
    return nil
  }

  /// The guardian is told to end.
  package mutating func wasToldToEnd(at now: Duration) -> Action? {
    guard !isToldToEnd else { return nil }
    isToldToEnd = true
    switch state {
    case .waiting:
      state = .over
      return .exit(0)
    case .starting:
      state = .leaving(since: now, lastSign: now)
      return .terminate
    case .alive(_, let lastSign):
      state = .leaving(since: now, lastSign: lastSign)
      return .terminate
    case .killed, .leaving, .over:
      return nil
    }
  }
}

extension GuardianPolicy.End {
  /// The status that a shell would show.
  package var status: Int32 {
    switch self {
    case .exited(let status): status
    case .signalled(let signal): 128 &+ signal
    }
  }

  /// Reads what `waitpid` answered.
  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signalled(signal)
  }
}
