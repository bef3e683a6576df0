internal import Configuration
internal import Connections
internal import Cryptography
internal import FleetProtocol
internal import GRPCTransport
internal import Glibc
internal import HeapModel
internal import InspectorProtocols
package import Log

/// The process that does the work: everything of an agent but the guardian.
package struct Worker: Sendable {
  private let settings: AgentSettings
  private let log: Logger
  private let lifeline: Lifeline?

  /// - Parameter lifeline: to the guardian; nil where there is none.
  package init(settings: AgentSettings, log: Logger, lifeline: Lifeline?) {
    self.settings = settings
    self.log = log
    self.lifeline = lifeline
  }

  /// Runs until `stop` is raised or the guardian is gone; lets go of all targets before it returns.
  ///
  /// - Parameter ready: called once, when the processes of the host are known.
  /// - Throws: `AgentStartError`.
  package func run(
    until stop: Signal,
    ready: @escaping @Sendable () -> Void
  ) async throws(AgentStartError) {
    let seen = stop.count
    let queue = CompletionQueue()
    let link = try settings.link(queue: queue)
    let parts = Parts(settings, link, try await openSpool(), log)
    await parts.desk.settleLeftovers()
    await withTaskGroup(of: Void.self) { group in
      start(parts, in: &group, until: stop, ready: ready)
      await stop.wait(beyond: seen)
      await parts.leave()
      group.cancelAll()
    }
    await queue.shutdown()
  }

  /// A predecessor that was killed lets go of the lock when the kernel is done with it.
  private func openSpool() async throws(AgentStartError) -> Spool {
    let limits = SpoolLimits(settings.configuration.spool)
    var attempts = 0
    while true {
      do throws(SpoolError) {
        return try Spool(folder: settings.spoolFolder, limits: limits) {
          RandomBytes.make(count: 16).hexadecimal
        }
      } catch  where error.code == .locked && attempts < 5 {
        attempts += 1
        try? await Task.sleep(for: .milliseconds(100))
      } catch {
        throw AgentStartError(error.message)
      }
    }
  }

  private func start(
    _ parts: Parts,
    in group: inout TaskGroup<Void>,
    until stop: Signal,
    ready: @escaping @Sendable () -> Void
  ) {
    group.addTask {
      await parts.watch.run(newcomers: parts.newcomers) {
        ready()
        lifeline?.sayReady()
      }
    }
    group.addTask { await parts.control.run() }
    group.addTask { await parts.uploader.run() }
    group.addTask { await parts.tidy() }
    if settings.configuration.rules.contains(where: { $0.treatment?.schedule != nil }) {
      let scheduled = ScheduledCaptures(watch: parts.watch, desk: parts.desk, log: log)
      group.addTask { await scheduled.run() }
    }
    let notices = ProgramSocket(ProgramSocket.notices, in: settings.spoolFolder)
    group.addTask {
      await notices.run(log) { connection in
        connection.close()
        parts.newcomers.raise()
      }
    }
    let inspectors = ProgramSocket(ProgramSocket.inspectors, in: settings.spoolFolder)
    group.addTask {
      await inspectors.run(log) { connection in
        await parts.watch.called(by: connection)
        parts.newcomers.raise()
      }
    }
    if let lifeline {
      group.addTask { await parts.sayAlive(on: lifeline, or: stop) }
    }
  }
}

/// The parts of a worker, wired.
private struct Parts: Sendable {
  let spool: Spool
  let watch: TargetWatch
  let desk: CommandDesk
  let control: ControlClient
  let uploader: Uploader
  let newcomers = Signal()
  private let log: Logger

  init(_ settings: AgentSettings, _ link: CollectorLink, _ spool: Spool, _ log: Logger) {
    let host = Host.current()
    let configuration = settings.configuration
    let schedule = MetricsSchedule(
      interval: configuration.metricsInterval,
      phase: Double.random(in: 0..<1)
    )
    self.spool = spool
    self.log = log
    watch = TargetWatch(
      host: host,
      configuration: configuration,
      spool: spool,
      folder: settings.spoolFolder,
      schedule: schedule,
      log: log
    )
    desk = CommandDesk(
      watch: watch,
      spool: spool,
      folder: settings.spoolFolder,
      limits: configuration.capture,
      log: log
    )
    let delegate = Delegate(
      version: settings.version,
      host: host,
      spool: spool,
      watch: watch,
      desk: desk,
      schedule: schedule
    )
    control = ControlClient(link: link, spool: spool, delegate: delegate, log: log)
    uploader = Uploader(link: link, spool: spool, log: log)
  }

  /// Leaves the targets first: that is what may not wait.
  ///
  /// Then hands over what there is to say.
  func leave() async {
    async let isSettled: Void = desk.leave()
    await watch.leaveAll()
    await isSettled
    await watch.tellReadings()
    await watch.tellInventory()
    let deadline = ContinuousClock.now + .seconds(1)
    while await spool.hasUnacknowledged(), ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Tells what was given up, and gives up what is too old.
  func tidy() async {
    while !Task.isCancelled {
      do {
        try await spool.tidy(now: nanoseconds(CLOCK_REALTIME))
      } catch {
        log.error("the spool cannot be tidied", ["error": "\(error)"])
      }
      try? await Task.sleep(for: .seconds(15))
    }
  }

  /// Longer than any piece of work of a loop that is well takes.
  private static let longestWork = Duration.milliseconds(2_500)

  /// Says once a second that the worker lives, unless one of its loops hangs.
  func sayAlive(on lifeline: Lifeline, or stop: Signal) async {
    while !Task.isCancelled {
      let work = await watch.longestWork(now: nanoseconds(CLOCK_MONOTONIC))
      if work < Self.longestWork { lifeline.sayAlive() }
      if lifeline.isGuardianGone { stop.raise() }
      try? await Task.sleep(for: .seconds(1))
    }
  }
}

/// What the control stream asks of the other parts.
private struct Delegate: ControlDelegate {
  let version: String
  let host: Host
  let spool: Spool
  let watch: TargetWatch
  let desk: CommandDesk
  let schedule: MetricsSchedule

  func hello() async -> Hello {
    Hello(
      protocolMajor: FleetVersion.major,
      protocolMinor: FleetVersion.minor,
      agentID: spool.agentID,
      agentVersion: version,
      hostName: host.name,
      bootID: host.bootID,
      runningCommands: await desk.runningIDs,
      finishedCommands: await desk.finishedIDs
    )
  }

  func welcomed(_ welcome: Welcome) async {
    if welcome.metricsIntervalMilliseconds > 0 {
      schedule.interval = .milliseconds(Int64(clamping: welcome.metricsIntervalMilliseconds))
    }
    await desk.collectorChanged(minorVersion: welcome.protocolMinor)
    await watch.tellInventory(evenIfSame: true)
  }

  func parted() async {
    await desk.collectorChanged(minorVersion: nil)
  }

  func received(_ command: Command) async {
    await desk.received(command)
  }
}

extension SpoolLimits {
  init(_ configuration: SpoolConfiguration) {
    self.init(
      byteLimit: UInt64(clamping: configuration.sizeLimit),
      ageLimitNanoseconds: configuration.ageLimit.nanoseconds
    )
  }
}
