internal import Glibc
package import Log

/// The process that watches over a worker, and does nothing else: no gRPC, no tasks, no threads.
///
/// It sleeps in one system call, waiting for signals, and looks twice a second whether its worker
/// has said that it lives.
package struct Guardian {
  private let arguments: [String]
  private let log: Logger
  private var policy: GuardianPolicy
  private var worker: WorkerProcess?
  private var hasStarted = false
  private var hasReturnedPages = false
  /// How long a worker that has fallen silent has waited for a processor since.
  private var processorWait: ProcessorWait?
  /// What follows from an action itself.
  private var pending: GuardianPolicy.Action?

  /// - Parameter arguments: what a worker is started with, its name first.
  package init(arguments: [String], log: Logger, times: GuardianPolicy.Times = .init()) {
    self.arguments = arguments
    self.log = log
    policy = GuardianPolicy(times: times)
  }

  /// In a worker: whether its guardian has had one before it.
  package static var hasStartedWorkerBefore: Bool { getenv(restartVariable) != nil }

  static let restartVariable = "RETINUE_AGENT_RESTARTED"

  /// Runs until it is told to end (SIGTERM, SIGINT) or its first worker cannot start.
  ///
  /// - Returns: the status to end with.
  package mutating func run() -> Int32 {
    let signals = AwaitedSignals([SIGTERM, SIGINT, SIGCHLD])
    while true {
      while let action = nextAction() {
        if case .exit(let status) = action { return status }
        perform(action)
      }
      let signal = signals.next(within: timeUntilNextLook)
      guard signal == SIGTERM || signal == SIGINT else { continue }
      let action = policy.wasToldToEnd(at: now)
      if case .exit(let status) = action { return status }
      if let action { perform(action) }
    }
  }

  private var now: Duration { .nanoseconds(nanoseconds(CLOCK_MONOTONIC)) }

  /// Signs of life do not wake us, so they are looked for often enough to notice silence in time.
  private var timeUntilNextLook: Duration {
    let remaining = policy.deadline.map { max($0 - now, .zero) } ?? .seconds(60)
    return worker == nil ? remaining : min(remaining, .milliseconds(500))
  }

  /// The next thing to do about what has happened; nil if there is none.
  private mutating func nextAction() -> GuardianPolicy.Action? {
    if let pending {
      self.pending = nil
      return pending
    }
    guard let worker else { return policy.tick(at: now) }
    let (isAlive, isReady) = worker.readSigns()
    if isReady { policy.sawReady(at: now) } else if isAlive { policy.sawSign(at: now) }
    lookForStarvation(of: worker)
    if isReady { returnPages() }
    guard let end = worker.end() else { return policy.tick(at: now) }
    self.worker = nil
    return workerEnded(end, worker, now)
  }

  /// It says that it lives once a second: what is later than that may be for want of a processor.
  private mutating func lookForStarvation(of worker: WorkerProcess) {
    guard let silence = policy.silence(at: now), silence > .milliseconds(1_100) else {
      processorWait = nil
      return
    }
    if let processorWait {
      policy.sawStarvation(processorWait.longest)
    } else {
      processorWait = ProcessorWait(of: worker.processID)
    }
  }

  private mutating func workerEnded(
    _ end: GuardianPolicy.End,
    _ worker: WorkerProcess,
    _ now: Duration
  ) -> GuardianPolicy.Action? {
    let action = policy.workerEnded(end, at: now)
    if action == nil {
      log.warning(
        "the worker ended and is started again",
        ["pid": worker.processID, "status": end.status]
      )
    }
    return action
  }

  private mutating func perform(_ action: GuardianPolicy.Action) {
    switch action {
    case .start:
      worker = WorkerProcess(arguments: arguments, isFirst: !hasStarted)
      hasStarted = true
      guard worker == nil else { return }
      log.error("cannot start the worker", ["error": String(cString: strerror(errno))])
      if let end = policy.workerEnded(.exited(1), at: now) { pending = end }
    case .terminate:
      if let worker { kill(worker.processID, SIGTERM) }
    case .kill:
      guard let worker else { return }
      log.error("the worker gave no sign of life and is killed", ["pid": worker.processID])
      kill(worker.processID, SIGKILL)
    case .exit:
      break
    }
  }

  /// Once all is running, the pages that only starting needed go back to the system.
  private mutating func returnPages() {
    guard !hasReturnedPages else { return }
    hasReturnedPages = true
    ProgramPages.giveBack()
  }
}
