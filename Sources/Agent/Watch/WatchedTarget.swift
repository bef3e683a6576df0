internal import Configuration
internal import Glibc
internal import HeapModel
internal import InspectorProtocols

/// One target as the watch keeps it: told what happened, it knows state and description, and
/// whether it is time to connect.
///
/// A process's program, one of several that its inspector lists, or another heap that is reached
/// through the connection with either.
struct WatchedTarget {
  /// A connection, the task that runs its loop, and the target's heap behind it.
  struct Link {
    var heap: ConnectedHeap
    var task: Task<Void, Never>
  }

  /// What it is called among those of its process; empty for the process's own.
  let name: String
  private(set) var process: DiscoveredProcess
  private var inspector: FirstInspector
  /// What was decided when the process was first seen.
  let plan: WatchPlan
  private(set) var description: TargetDescription
  var link: Link?
  /// Follows what the inspector lists, where each has a connection of its own.
  var directory: Task<Void, Never>?
  /// What the next estimate is made from.
  private(set) var lastUsage: HeapUsage?
  var earlierCapture: EarlierCapture?

  private var isAttached = false
  private var isResponsive = true
  private var isExiting = false
  private var isBeingCaptured = false
  /// Somebody else's session has what ours cannot do.
  private var isTaken = false
  /// Somebody else is connected beside us.
  private(set) var hasCompany = false
  /// Why what listens there is not asked again.
  private var unusable: String?
  /// The first attempt to connect has come to something: until then nothing is known to tell.
  private var hasOutcome = false
  /// What is said of another client, without whose leave there is no connection.
  private var occupation: String?
  private var capabilitiesDetail = ""
  /// Why its inspector was not opened by SIGUSR1, where a rule asks for that.
  private var reasonAgainstOpening: String?
  private var failure = ""
  private var backoff = Backoff(shortest: .seconds(2), longest: .seconds(60))
  /// A program that stood still answers as soon as it goes on: it is asked again within so long.
  private static let longestWaitForAnswer = Duration.seconds(5)
  private var nextAttempt = ContinuousClock.now

  init(id: TargetID, plan: WatchPlan, host: Host) {
    let process = plan.process
    name = ""
    self.process = process
    inspector = FirstInspector(process)
    self.plan = plan
    let ticks = process.facts.startTicks
    description = TargetDescription(
      id: id,
      labels: TargetLabels(plan.labels),
      runtime: process.runtime,
      runtimeVersion: "",
      processID: process.facts.processID,
      bootID: host.bootID,
      hostName: host.name,
      title: ProcessLabels.title(of: process),
      state: .noInspector,
      startedAt: process.facts.processID == 0
        ? nanoseconds(CLOCK_REALTIME) : host.startTime(ofTicks: ticks)
    )
    let now = nanoseconds(CLOCK_REALTIME)
    let age = now > description.startedAt ? now - description.startedAt : 0
    nextAttempt += max(.zero, process.leastAge - .nanoseconds(age))
    describe()
  }

  /// Another heap behind the connection with `parent`, as its session describes itself.
  init(id: TargetID, _ session: SessionDescription, behind parent: WatchedTarget, link: Link) {
    self.init(id: id, session.name, session.title, of: parent)
    self.link = link
    move(to: session.processID)
  }

  /// A program that the inspector of a process lists.
  init(id: TargetID, _ listing: InspectorListing, of process: WatchedTarget) {
    let title = listing.scriptURL.isEmpty ? listing.title : listing.scriptURL
    self.init(id: id, listing.name, title, of: process)
    if description.labels.isServiceInferred, listing.service.isEmpty == false {
      description.labels.service = listing.service
    }
    describe()
  }

  private init(id: TargetID, _ name: String, _ title: String, of parent: WatchedTarget) {
    self.name = parent.name(of: name)
    process = parent.process
    inspector = parent.inspector
    plan = parent.plan
    description = parent.description
    description.id = id
    description.capabilities = []
    description.title = title
    description.labels.instance += "/\(name)"
    description.startedAt = nanoseconds(CLOCK_REALTIME)
    hasCompany = parent.hasCompany
  }

  /// What a heap behind this one is called among those of the process.
  func name(of heap: String) -> String {
    name.isEmpty ? heap : "\(name)/\(heap)"
  }

  /// Whether we come for a moment at a time rather than stay.
  var isVisited: Bool { plan.mode == .visit }

  /// The process whose memory is the program's; 0 where that is another than the one we speak to, or
  /// belongs to several.
  var memoryProcessID: Int32 {
    guard name.isEmpty else { return 0 }
    return process.runsItsProgram ? process.facts.processID : 0
  }

  /// Whether its rule's schedule is for it: for a process's main heap, and for the pages, tabs and workers
  /// of what has no heap of its own; not for worker threads, which may be many.
  var takesSchedule: Bool {
    switch description.runtime {
    case .node, .deno: guard name.isEmpty else { return false }
    case .bun, .workerd, .chromium, .firefox, .webKitGTK: break
    }
    let capabilities = description.capabilities
    guard !capabilities.contains(.onlyByID) else { return false }
    // A browser's own row is attached, and can be asked for nothing.
    return !isAttached || !capabilities.isDisjoint(with: [.snapshot, .sampling])
  }

  /// Whether it is worth telling of.
  var isKnown: Bool {
    if case .absent = process.location { true } else { hasOutcome }
  }

  /// The inspector to connect to now; nil if there is a connection or a reason against one.
  func endpointToConnect(now: ContinuousClock.Instant) -> InspectorEndpoint? {
    guard case .at(let endpoint) = process.location, let nextConnection, nextConnection <= now
    else { return nil }
    return endpoint
  }

  /// When it is time to connect; nil if there is a connection or a reason against one.
  var nextConnection: ContinuousClock.Instant? {
    guard case .at = process.location, !isReached, unusable == nil, !isExiting else { return nil }
    return nextAttempt
  }

  /// Whether there is a connection, or somebody who makes them.
  var isReached: Bool { link != nil || directory != nil }

  // MARK: What happened

  mutating func wasFoundAgain(_ found: DiscoveredProcess) {
    let found = inspector.checked(found)
    guard found != process else { return }
    if found.location != process.location { unusable = nil }
    process = found
    describe()
  }

  mutating func received(_ report: TargetReport, now: ContinuousClock.Instant) {
    switch report {
    case .recognised(let announcement):
      description.runtimeVersion = announcement.version
    case .attached(let session):
      (isAttached, isResponsive, hasOutcome) = (true, true, true)
      isTaken = session.isInUse
      description.capabilities = session.capabilities
      if session.version.isEmpty == false { description.runtimeVersion = session.version }
      if session.title.isEmpty == false { description.title = session.title }
      capabilitiesDetail = session.detail
      backoff.reset()
    case .capabilitiesChanged(let capabilities, let detail):
      description.capabilities = capabilities
      isTaken = isTaken && !capabilities.contains(.snapshot)
      capabilitiesDetail = detail
    case .becameUnresponsive: (isResponsive, hasOutcome) = (false, true)
    case .becameResponsive: isResponsive = true
    case .reading(let reading): lastUsage = reading.usage
    case .retitled(let title): description.title = title
    case .moved(let processID): move(to: processID)
    case .seriesEnded, .heapPassedOver, .fileOpened, .fileUnread: break
    case .companyChanged(let isThere): hasCompany = isThere
    case .ended(let end): ended(end, now: now)
    }
    describe()
  }

  /// - Parameter processID: 0 where it is the one that was connected to, or not known.
  private mutating func move(to processID: Int32) {
    description.processID = processID > 0 ? processID : process.facts.processID
  }

  private mutating func ended(_ end: ConnectionEnd, now: ContinuousClock.Instant) {
    (link, directory) = (nil, nil)
    (isAttached, isResponsive, hasOutcome, occupation) = (false, true, true, nil)
    description.capabilities = []
    capabilitiesDetail = ""
    hasCompany = false
    switch end {
    case .detached: failure = "the agent has left it"
    case .exiting: isExiting = true
    case .lost(let reason):
      failure = reason
      nextAttempt = now + backoff.next()
    case .inUse(let reason):
      occupation = reason
      nextAttempt = now + backoff.next()
    case .unresponsive:
      failure = "it has not answered for too long"
      nextAttempt = now + min(backoff.next(), Self.longestWaitForAnswer)
    case .unusable(let reason): unusable = reason
    }
  }

  /// - Parameter reason: nil where it is opened, or will be in a moment.
  mutating func wasNotOpened(since reason: String?) {
    guard reason != reasonAgainstOpening else { return }
    reasonAgainstOpening = reason
    describe()
  }

  mutating func captureBegan() {
    isBeingCaptured = true
    describe()
  }

  mutating func captureEnded(_ capture: EarlierCapture?) {
    isBeingCaptured = false
    if let capture { earlierCapture = capture }
    describe()
  }

  // MARK: What it is called

  private mutating func describe() {
    (description.state, description.stateDetail) = state
  }

  private var state: (TargetState, String) {
    if isExiting { return (.exiting, "the program is about to end") }
    // One that has called us has no place where it could be found.
    if case .absent(let advice) = process.location, link == nil {
      return (.noInspector, SignalOpening.detail(advice, notOpenedSince: reasonAgainstOpening))
    }
    if let unusable { return (.noInspector, unusable) }
    if let occupation, !isAttached { return (.inUse, occupation) }
    guard isResponsive else {
      let isExplained = !isAttached && !capabilitiesDetail.isEmpty
      return (.busy, isExplained ? capabilitiesDetail : "it does not answer for now")
    }
    guard isAttached else { return (.busy, failure.isEmpty ? "the agent attaches to it" : failure) }
    if isBeingCaptured { return (.busy, "a snapshot is being taken") }
    if isTaken { return (.inUse, capabilitiesDetail) }
    let said = [hasCompany ? InspectorCompany.detail : "", capabilitiesDetail]
    let detail = said.filter { !$0.isEmpty }.joined(separator: "; ")
    return (isVisited ? .visiting : .attached, detail)
  }
}
