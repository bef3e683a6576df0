internal import Configuration
internal import Connections
internal import Cryptography
internal import FleetProtocol
internal import Glibc
internal import HeapModel
internal import InspectorProtocols
internal import Log

/// Watches the JavaScript processes of a host: finds them, stays connected to their inspectors, and
/// spools what they tell.
actor TargetWatch {
  let host: Host
  let configuration: AgentConfiguration
  private let spool: Spool
  let schedule: MetricsSchedule
  let log: Logger
  let table = ProcFileSystem()
  let planner: WatchPlanner
  let company = InspectorCompany()

  var scanner: ProcessScanner
  var opener: InspectorOpener
  /// When an inspector that is only to be closed is connected to again.
  var nextClosing: [TargetID: ContinuousClock.Instant] = [:]
  /// Until when scans come fast, since an inspector is being closed.
  var closingUntil = ContinuousClock.now
  var targets: [TargetID: WatchedTarget] = [:]
  /// What the inspectors of processes list, where each is a target with a connection of its own.
  var programs: [TargetID: Set<TargetID>] = [:]
  /// Further heaps behind the connections of targets.
  private var heaps: [TargetID: [HeapNumber: TargetID]] = [:]
  /// Processes that a rule says to leave alone.
  private var ignored: [TargetID: Int32] = [:]
  /// Processes and programs for which there was no room.
  var passedOver: Set<TargetID> = []
  /// Connections of programs that have called, by their process; for the scan that follows.
  var callers: [Int32: SocketConnection] = [:]
  /// Processes of which it is being looked whether they are no more.
  var processesLookedAt: Set<TargetID> = []
  private(set) var isLeaving = false

  private var readings = ReadingsBatch()
  private var windows = CollectionWindows()
  private var inventoryTold: [TargetDescription]?
  private var isTellingSoon = false

  /// - Parameter folder: the spool's.
  init(
    host: Host,
    configuration: AgentConfiguration,
    spool: Spool,
    folder: String,
    schedule: MetricsSchedule,
    log: Logger
  ) {
    self.host = host
    self.configuration = configuration
    self.spool = spool
    self.schedule = schedule
    self.log = log
    planner = WatchPlanner(configuration, host: host)
    scanner = ProcessScanner(scope: .init(configuration, table))
    opener = InspectorOpener(table, folder: folder, log: log)
  }

  // MARK: Scanning

  /// Looks for processes until its task is cancelled.
  ///
  /// The more a scan costs, the rarer it is: it takes at most half a per cent of a core, and five for
  /// the few scans in which a process is starting.
  ///
  /// - Parameters:
  ///   - newcomers: raised when a process has said that it is there.
  ///   - firstScanDone: called once.
  func run(newcomers: Signal, firstScanDone: @Sendable () -> Void) async {
    var isFirst = true
    while !Task.isCancelled {
      let seen = newcomers.count
      let began = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
      scan()
      let cost = Duration.nanoseconds(nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began)
      if isFirst { firstScanDone() }
      isFirst = false
      let usual = min(max(cost * 200, .seconds(2)), .seconds(30))
      let pause = scanner.seesStarting ? min(max(cost * 20, .seconds(1)), usual) : usual
      let isUnderWay = opener.isWaiting || ContinuousClock.now < closingUntil
      await newcomers.wait(beyond: seen, atMost: isUnderWay ? .milliseconds(100) : pause)
    }
  }

  private func scan() {
    let connected = targets.values.filter(\.isReached).map(\.process.facts.processID)
    let settled = Set(connected).union(ignored.values).subtracting([0])
    let expected = targets.values.filter { opener.isAwaited($0.description.id) }
      .map(\.process.facts.processID)
    let found = scanner.scan(table, settled: settled, expected: Set(expected))
    var present: Set<TargetID> = []
    for process in found {
      let id = TargetID(bootID: host.bootID, process: process.facts)
      if isOnlyToBeClosed(process, id) {
        closeInspector(of: process, id)
      } else {
        take(process, id)
      }
      for program in (programs[id] ?? []).union([id]) {
        present.insert(program)
        present.formUnion((heaps[program] ?? [:]).values)
      }
    }
    opener.keep(present)
    hangUpOnStrangers()
    ignored = ignored.filter { present.contains($0.key) }
    passedOver.formIntersection(present)
    for id in targets.keys where !present.contains(id) { leave(id) }
    tellInventorySoon()
  }

  func take(_ process: DiscoveredProcess, _ id: TargetID) {
    guard ignored[id] == nil else { return }
    if targets[id] == nil {
      let plan = planner.plan(for: process)
      guard !plan.isIgnored else {
        ignored[id] = process.facts.processID
        return
      }
      guard targets.count < FleetLimits.targets else {
        if passedOver.insert(id).inserted { passOver(process.facts.processID) }
        return
      }
      let target = WatchedTarget(id: id, plan: plan, host: host)
      targets[id] = target
      if let next = target.nextConnection, next > .now { connect(to: id, at: next) }
    }
    for known in (programs[id] ?? []).union([id]) { targets[known]?.wasFoundAgain(process) }
    if targets[id]?.plan.opensInspector == true, !isLeaving {
      targets[id]?.wasNotOpened(since: opener.look(at: process, id, now: uptime))
    }
    if answer(process, id) { return }
    guard !isLeaving, let endpoint = targets[id]?.endpointToConnect(now: .now) else { return }
    if InspectorProtocol.listsPrograms(process.runtime) {
      follow(endpoint, id)
    } else {
      connect(to: endpoint, id)
    }
  }

  /// What a program has sent before it ended is read within so long.
  private static let lastWords = Duration.seconds(5)

  /// Lets go of a target that is no more.
  ///
  /// - Parameter isOver: its process has ended, so that its connection ends by itself; else we are
  ///   the ones who leave
  func leave(_ id: TargetID, isOver: Bool = true) {
    guard let target = targets[id] else { return }
    log.info("target gone", ["target": id.description, "pid": target.description.processID])
    target.directory?.cancel()
    if let link = target.link, isOver {
      Task {
        try? await Task.sleep(for: Self.lastWords)
        // Where another process has its socket too.
        link.task.cancel()
      }
    } else {
      target.link?.heap.connection.detach()
    }
    forget(id, isOver: isOver)
  }

  // MARK: Connections

  /// - Parameter caller: the program's own connection to us
  func connect(
    to endpoint: InspectorEndpoint,
    _ id: TargetID,
    caller: SocketConnection? = nil
  ) {
    guard let target = targets[id] else { return }
    var options = SessionOptions(
      nonce: .random(in: 0...UInt64.max),
      closesInspector: opener.opened.contains(id)
    )
    options.limits.seriesLength = configuration.capture.seriesLimit
    let connection = TargetConnection(
      settings: TargetConnection.Settings(
        runtime: target.process.runtime,
        endpoint: endpoint,
        program: target.name,
        processID: target.memoryProcessID,
        options: options,
        schedule: schedule,
        share: Double.random(in: 0..<1),
        // It would not call again.
        isVisited: target.isVisited && caller == nil,
        company: company
      ),
      caller: caller
    )
    let task = Task { [weak self] in
      await connection.run { [weak self] heap, report in
        await self?.received(report, from: heap, of: id)
      }
    }
    targets[id]?.link = WatchedTarget.Link(heap: ConnectedHeap(connection), task: task)
  }

  private func received(_ report: TargetReport, from heap: HeapNumber, of id: TargetID) {
    guard heap != .main else {
      received(report, from: id)
      return
    }
    if case .attached(let session) = report { heapAppeared(heap, session, of: id) }
    guard let target = heaps[id]?[heap] else { return }
    received(report, from: target)
    if case .ended = report { forget(target, heap, of: id) }
  }

  private func heapAppeared(_ heap: HeapNumber, _ session: SessionDescription, of id: TargetID) {
    guard let parent = targets[id], let link = parent.link else { return }
    guard targets.count < FleetLimits.targets else {
      passOver(parent.description.processID, session.name)
      return
    }
    let name = parent.name(of: session.name)
    let new = TargetID(bootID: host.bootID, process: parent.process.facts, heap: name)
    // A heap that takes the place of one by the same name, as when a page is loaded anew.
    for (number, old) in heaps[id] ?? [:] where old == new { heaps[id]?[number] = nil }
    heaps[id, default: [:]][heap] = new
    let connected = ConnectedHeap(link.heap.connection, heap)
    targets[new] = WatchedTarget(
      id: new,
      session,
      behind: parent,
      link: WatchedTarget.Link(heap: connected, task: link.task)
    )
  }

  /// Says, once each, what is not watched because too much else is.
  func passOver(_ processID: Int32, _ heap: String = "") {
    log.warning("not watched, too many others are", ["pid": processID, "heap": heap])
    Task { await spool.countDrop(.tooManyTargets) }
  }

  private func forget(_ target: TargetID, _ heap: HeapNumber, of id: TargetID) {
    heaps[id]?[heap] = nil
    targets[target] = nil
  }

  private func forget(_ id: TargetID, isOver: Bool) {
    for target in (heaps.removeValue(forKey: id) ?? [:]).values { targets[target] = nil }
    for program in programs.removeValue(forKey: id) ?? [] { leave(program, isOver: isOver) }
    targets[id] = nil
  }

  func received(_ report: TargetReport, from id: TargetID) {
    guard targets[id] != nil else { return }
    targets[id]?.received(report, now: .now)
    switch report {
    case .reading(let reading):
      var usage = reading.usage
      // A workerd has no limit of its own, and tells none: it is held against production's.
      if targets[id]?.description.runtime == .workerd {
        usage.limit = usage.limit ?? UInt64(configuration.workerdMemoryLimit)
      }
      readings.add(usage, of: id)
      told(reading.collections, of: id)
    case .attached:
      note("attached", id)
    case .ended(let end):
      note("detached", id, reason: "\(end)")
      connectionEnded(with: id)
    case .companyChanged:
      // One inspector for all the heaps behind a connection.
      for heap in (heaps[id] ?? [:]).values { targets[heap]?.received(report, now: .now) }
    case .heapPassedOver:
      targets[id].map { passOver($0.description.processID, "a further one") }
    case .fileOpened: note("its file is read", id)
    case .fileUnread(let reason): note("its file cannot be read", id, reason: reason)
    default:
      break
    }
    tellInventorySoon()
  }

  private func note(_ what: String, _ id: TargetID, reason: String = "") {
    guard let target = targets[id]?.description else { return }
    log.info(
      what,
      [
        "target": id.description, "pid": target.processID, "service": target.labels.service,
        "runtime": target.runtime.rawValue, "reason": reason,
      ]
    )
  }

  /// How long the slowest loop has been at one piece of work.
  func longestWork(now: UInt64) -> Duration {
    targets.values.compactMap { $0.link?.heap.connection.promptness.workingFor(now: now) }.max()
      ?? .zero
  }

  /// Leaves all targets without a trace, and waits until that is done.
  func leaveAll() async {
    isLeaving = true
    for target in targets.values { target.directory?.cancel() }
    let links = targets.values.compactMap(\.link).filter { $0.heap.number == .main }
    for link in links { link.heap.connection.detach() }
    for link in links { await link.task.value }
    await closeOpenedInspectors()
  }

  /// What is to be done with a process, as it was decided when it was first seen.
  func plan(for process: DiscoveredProcess, _ id: TargetID) -> WatchPlan {
    targets[id]?.plan ?? planner.plan(for: process)
  }

  // MARK: Telling

  /// Several things happen at once, when a target comes for instance: told together they are one
  /// message.
  func tellInventorySoon() {
    guard !isTellingSoon, inventory != inventoryTold else { return }
    isTellingSoon = true
    Task {
      try? await Task.sleep(for: .milliseconds(100))
      await tellInventory()
    }
  }

  /// Spools the inventory if it has changed, or in any case.
  func tellInventory(evenIfSame: Bool = false) async {
    isTellingSoon = false
    let inventory = inventory
    guard evenIfSame || inventory != inventoryTold else { return }
    inventoryTold = inventory
    await spool.append(.inventory(Inventory(targets: inventory)), at: nanoseconds(CLOCK_REALTIME))
  }

  private var inventory: [TargetDescription] {
    targets.values.filter(\.isKnown).map(\.description).sorted {
      ($0.processID, $0.labels.instance) < ($1.processID, $1.labels.instance)
    }
  }

  /// All targets are read within a second (`MetricsSchedule`), so what is told a little later is
  /// all of them.
  private func tellReadingsSoon() {
    guard !readings.isDue else { return }
    readings.isDue = true
    Task {
      try? await Task.sleep(for: MetricsSchedule.spread + .milliseconds(200))
      await tellReadings()
    }
  }

  func tellReadings() async {
    for message in readings.take() {
      await spool.append(.readings(message), at: nanoseconds(CLOCK_REALTIME))
    }
  }

  // MARK: For commands

  /// A target as a command finds it.
  struct Found {
    var description: TargetDescription
    /// Nil where there is no connection at the moment.
    var heap: ConnectedHeap?
    var lastUsage: HeapUsage?
    var earlierCapture: EarlierCapture?
    /// What the rule that matches its process allows, all heaps of the process together.
    var budget: RuleBudget?
    /// The process's own id, under which its snapshots count.
    var process: TargetID
    /// Another client is connected to its inspector.
    var hasCompany: Bool
  }

  func find(_ id: TargetID) -> Found? {
    guard let target = targets[id] else { return nil }
    if target.link == nil, leaveIfOver(target.process.facts) { return nil }
    return Found(
      description: target.description,
      heap: target.link?.heap,
      lastUsage: target.lastUsage,
      earlierCapture: target.earlierCapture,
      budget: target.plan.rule.flatMap { RuleBudget($0) },
      process: TargetID(bootID: target.description.bootID, process: target.process.facts),
      hasCompany: target.hasCompany
    )
  }

  /// The heaps for which a rule schedules something.
  var scheduled: [CaptureTimetable.Target] {
    targets.values.compactMap { target in
      guard let schedule = target.plan.rule?.treatment?.schedule, target.takesSchedule else {
        return nil
      }
      let state = target.description.state
      let isReady = state == .attached || state == .visiting
      return .init(id: target.description.id, schedule: schedule, isReady: isReady && !isLeaving)
    }
    .sorted { $0.id.description < $1.id.description }
  }

  /// A target told collections, by itself or because a command asked.
  func told(_ collections: [CollectionActivity], of id: TargetID) {
    readings.add(collections, of: id)
    windows.add(collections, of: id)
    tellReadingsSoon()
  }

  /// Keeps the collections that a target tells from now on, beside telling them.
  func openWindow(of id: TargetID) -> CollectionWindows.Number { windows.open(id) }

  /// - Returns: what it told since.
  func closeWindow(_ window: CollectionWindows.Number) -> [CollectionActivity] {
    windows.close(window)
  }

  func captureBegan(_ id: TargetID) {
    targets[id]?.captureBegan()
    tellInventorySoon()
  }

  func captureEnded(_ id: TargetID, _ capture: EarlierCapture?) {
    targets[id]?.captureEnded(capture)
    tellInventorySoon()
  }
}

/// Readings of several targets until they are told.
private struct ReadingsBatch {
  /// Of one message: half of what fits.
  private static let collectionLimit = 32_768

  var isDue = false
  private var usage: [TargetID: [HeapUsage]] = [:]
  private var collections: [TargetID: [CollectionActivity]] = [:]

  mutating func add(_ reading: HeapUsage, of id: TargetID) {
    usage[id, default: []].append(reading)
  }

  mutating func add(_ activities: [CollectionActivity], of id: TargetID) {
    if !activities.isEmpty { collections[id, default: []] += activities }
  }

  /// What there is, in messages within the contract's limits; the batch starts anew.
  mutating func take() -> [Readings] {
    defer { self = ReadingsBatch() }
    // A reading with its spaces takes about 1 KB, and a message has room for 2 MiB.
    let ids = Array(Set(usage.keys).union(collections.keys))
    return stride(from: 0, to: ids.count, by: 256).map { start in
      let part = ids[start..<min(start + 256, ids.count)]
      let most = min(FleetLimits.collectionPoints, Self.collectionLimit / part.count)
      return Readings(
        usage: part.compactMap { id in
          usage[id].map { UsagePoints(targetID: id, readings: $0) }
        },
        collections: part.compactMap { id in
          guard var activities = collections[id] else { return nil }
          activities.thinOut(to: most)
          return CollectionPoints(targetID: id, activities: activities)
        }
      )
    }
  }
}
