internal import Glibc
internal import Connections
internal import HeapModel
internal import InspectorProtocols

/// The loop that owns a socket and a conversation: reads, tells it, performs its answers.
///
/// It asks for readings of all heaps when they are due, and takes the orders that its connection was given.
final class SessionLoop {
  typealias Report = @Sendable (HeapNumber, TargetReport) async -> Void

  private let connection: TargetConnection
  private let socket: any StreamClient
  private var conversation: any InspectorConversation
  private let beginning = ContinuousClock.now

  private var receivers: [SessionRequest.ID: any RequestReceiver] = [:]
  private var lastID: SessionRequest.ID = 0
  /// The receiver of the answers that are not the last, which it may have to write away first.
  private var fed: (any RequestReceiver)?
  /// Files that are read for requests under way.
  private var files: [SessionRequest.ID: FileReading] = [:]

  /// The heaps with a session, and the reading of each that is under way.
  private var heaps: [HeapNumber: SessionRequest.ID?] = [:]
  private var nextReading: ContinuousClock.Instant?
  /// Of the heaps with whose readings a process's size is told.
  private var residencies: [HeapNumber: Residency]
  private var end: ConnectionEnd?
  /// Heaps in which something stays only as long as we do: a sampling window, a recording, the ids
  /// of a series.
  private var heldHeaps: Set<HeapNumber> = []
  /// The requests under way whose answer, good or bad, ends what their heap holds.
  private var endings: Set<SessionRequest.ID> = []
  private var isLeavingVisit = false
  /// Let go of, and not told of yet.
  private var goneHeaps: [(HeapNumber, LetGoReason)] = []
  private var hasCompany = false

  init(
    connection: TargetConnection,
    socket: any StreamClient,
    conversation: any InspectorConversation
  ) {
    self.connection = connection
    self.socket = socket
    self.conversation = conversation
    residencies = [.main: Residency(of: connection.settings.processID)]
  }

  func run(_ report: Report) async -> ConnectionEnd {
    conversation.start(at: now)
    while true {
      await lookForCompany(report)
      takeOrders()
      await takeFileNews(report)
      askForReadingsIfDue()
      await perform(report)
      if let end {
        failWhatIsLeft(end)
        return end
      }
      if connection.settings.isVisited, leaveIfIdle() { continue }
      await fed?.waitForRoom()
      for file in files.values { file.readOn() }
      await waitForNews()
    }
  }

  private var now: Moment {
    Moment(elapsed: ContinuousClock.now - beginning, wall: nanoseconds(CLOCK_REALTIME))
  }

  // MARK: What comes in

  /// Waits for whatever comes first, and tells the conversation.
  private func waitForNews() async {
    let deadline = [conversation.deadline.map { beginning + $0 }, nextReading].compactMap { $0 }
      .min()
    do {
      let outcome = try await socket.receive(until: deadline, isolation: nil) { piece in
        connection.promptness.working { take(piece) }
      }
      switch outcome {
      case .received, .woken: break
      case .timedOut: conversation.tick(at: now)
      case .closed(let code): closed(code)
      }
    } catch {
      conversation.receivedClose(at: now)
    }
  }

  private func take(_ piece: StreamPiece) {
    switch piece {
    case .messageBegan: conversation.receivedMessageBegin()
    case .bytes(let bytes): conversation.receivedBytes(bytes, at: now)
    case .messageEnded: conversation.receivedMessageEnd(at: now)
    }
  }

  /// Says why the socket was closed, where the other side told.
  private func closed(_ code: UInt16?) {
    conversation.receivedClose(at: now)
    // The proxies of `wrangler dev` and miniflare take one client at a time.
    let tryAgainLater: UInt16 = 1_013
    if code == tryAgainLater { end = .inUse(InspectorApproach.inUseDetail) }
  }

  /// Leaves when nothing is asked for, nothing is under way and nothing is held.
  private func leaveIfIdle() -> Bool {
    let isIdle =
      !heaps.isEmpty && heaps.values.allSatisfy { $0 == nil } && receivers.isEmpty
      && heldHeaps.isEmpty && !isLeavingVisit && !connection.hasOrders
    guard isIdle else { return false }
    isLeavingVisit = true
    ask(.detach, of: .main, nil)
    return true
  }

  private func takeOrders() {
    // What comes now is for the next visit.
    guard !isLeavingVisit else { return }
    for order in connection.takeOrders() {
      switch order {
      case .ask(let request, let heap, let receiver): ask(request, of: heap, receiver)
      case .tell(let request, let heap): ask(request, of: heap, nil)
      }
    }
  }

  private func takeFileNews(_ report: Report) async {
    for (id, file) in files {
      guard let news = file.take() else { continue }
      if news.isFinal { files[id] = nil }
      switch news {
      case .opened: await report(file.heap, .fileOpened)
      case .failed(let reason): await report(file.heap, .fileUnread(reason))
      case .bytes, .ended: break
      }
      connection.promptness.working {
        conversation.receivedFile(news, for: id, of: file.heap, at: now)
      }
    }
  }

  /// How old the list may be that says whether somebody is there.
  ///
  /// Of who comes in that time the first things that he sees in his console would be lost. One list
  /// serves targets that are asked at the same moment.
  private static let companyAge = Duration.milliseconds(20)

  /// Before anything is said that other clients of the inspector could feel, and now and then, so
  /// that the fleet shows it.
  private func lookForCompany(_ report: Report) async {
    let isDue = nextReading.map { $0 <= .now } ?? true
    guard isDue || connection.hasOrders || isLeavingVisit else { return }
    let settings = connection.settings
    guard !InspectorProtocol.takesOneClient(settings.runtime) else { return }
    let isFelt =
      connection.hasOrders || isLeavingVisit || !heldHeaps.isEmpty
      || conversation.tidiesWithReadings
    // Who comes through an inspector that we are about to close would make its program stand still.
    let isClosing = settings.options.closesInspector && connection.isLeaving
    let isPresent = settings.company.isPresent(
      at: settings.endpoint,
      now: .now,
      age: isClosing ? .zero : isFelt ? Self.companyAge : .seconds(30)
    )
    guard isPresent != hasCompany else { return }
    hasCompany = isPresent
    conversation.noticed(company: isPresent)
    await report(.main, .companyChanged(isPresent))
  }

  @discardableResult
  private func ask(
    _ request: SessionRequest,
    of heap: HeapNumber,
    _ receiver: (any RequestReceiver)?
  ) -> SessionRequest.ID {
    lastID += 1
    receivers[lastID] = receiver
    if request.endsWindow { endings.insert(lastID) }
    conversation.request(request, of: heap, id: lastID, at: now)
    return lastID
  }

  /// Asks for a reading of each heap, unless one is under way or something else keeps us busy.
  private func askForReadingsIfDue() {
    guard let due = nextReading, due <= .now else { return }
    let settings = connection.settings
    nextReading = settings.schedule.next(after: .now, share: settings.share)
    guard receivers.isEmpty else { return }
    for heap in heaps.keys.sorted() { askForReading(of: heap) }
  }

  private func askForReading(of heap: HeapNumber) {
    guard heaps[heap] == .some(nil), conversation.capabilities(of: heap) != [] else { return }
    heaps[heap] = ask(.usage, of: heap, nil)
  }

  // MARK: What goes out

  /// Performs what the conversation answers, in order; this is the one place where that is done.
  ///
  /// Heaps that were let go of are told of last: a program that ends lets go of all of them, and
  /// waits until the socket is closed.
  private func perform(_ report: Report) async {
    await performActions(report)
    for (heap, reason) in goneHeaps { await report(heap, .ended(ConnectionEnd(reason))) }
    goneHeaps = []
  }

  private func performActions(_ report: Report) async {
    while let next = connection.promptness.working({ conversation.nextAction() }) {
      let heap = next.heap
      switch next.action {
      case .send(let text): await send(text)
      case .readFile(let id, let name): files[id] = reading(of: name, heap)
      case .attached(let description):
        // A page that moved to another process has left there what it held.
        heaps[heap] = .some(nil)
        heldHeaps.remove(heap)
        nextReading = nextReading ?? .now
        var description = description
        description.processID = settle(heap, in: description.processID)
        await report(heap, .attached(description))
        askForReading(of: heap)
      case .capabilitiesChanged(let capabilities, let detail):
        await report(heap, .capabilitiesChanged(capabilities, detail: detail))
      case .becameUnresponsive: await report(heap, .becameUnresponsive)
      case .becameResponsive: await report(heap, .becameResponsive)
      case .seriesEnded:
        heldHeaps.remove(heap)
        await report(heap, .seriesEnded)
      case .retitled(let title): await report(heap, .retitled(title))
      case .moved(let processID):
        await report(heap, .moved(processID: settle(heap, in: processID)))
      case .heapPassedOver: await report(heap, .heapPassedOver)
      case .usage(let id, let reading) where heaps[heap] == id:
        heaps[heap] = .some(nil)
        await report(heap, .reading(complete(reading, of: heap)))
      case .failed(let id, _) where heaps[heap] == id: heaps[heap] = .some(nil)
      case .letGo(let reason) where heap == .main:
        socket.close()
        end = end ?? ConnectionEnd(reason)
        return
      case .letGo(let reason):
        heaps[heap] = nil
        residencies[heap] = nil
        heldHeaps.remove(heap)
        goneHeaps.append((heap, reason))
      case .usage, .collected, .samplingStarted, .profile, .timelineStarted,
        .collectionWindowOpened, .census, .snapshotProgress, .snapshotBytes, .snapshotEnded,
        .failed:
        note(next.action, of: heap)
        handOn(next.action)
      }
    }
  }

  private func reading(of name: String, _ heap: HeapNumber) -> FileReading {
    let file = TemporaryFile(name, of: connection.settings.processID)
    let socket = socket.connection
    return FileReading(file, of: heap) { socket.wake() }
  }

  private func note(_ action: SessionAction, of heap: HeapNumber) {
    if action.isFinal, let id = action.requestID { files[id] = nil }
    if action.isFinal, let id = action.requestID, endings.remove(id) != nil {
      heldHeaps.remove(heap)
    }
    switch action {
    case .samplingStarted, .timelineStarted: heldHeaps.insert(heap)
    case .snapshotEnded(_, let report) where !report.identity.epoch.isEmpty:
      heldHeaps.insert(heap)
    default: break
    }
  }

  /// What the kernel knows of a process is told with its main heap, so that it counts once, and with
  /// each heap that lives in another process, under that process's number.
  private func complete(_ reading: UsageReading, of heap: HeapNumber) -> UsageReading {
    if let whole = residencies[heap]?.complete(reading) { return whole }
    var reading = reading
    reading.usage.residentSize = nil
    return reading
  }

  /// Takes note of the process that a heap beside the main one lives in.
  ///
  /// A runtime in a container numbers its processes otherwise than we do: only what descends from the
  /// process that we speak to is believed to be what is meant.
  ///
  /// - Returns: the process; 0 where it is not known
  private func settle(_ heap: HeapNumber, in processID: Int32) -> Int32 {
    guard heap != .main else { return 0 }
    let isKnown = ProcFileSystem().descends(processID, from: connection.settings.processID)
    residencies[heap] = isKnown ? Residency(of: processID) : nil
    return isKnown ? processID : 0
  }

  private func send(_ text: [UInt8]) async {
    do {
      try await socket.send(text, isolation: nil)
    } catch {
      conversation.receivedClose(at: now)
    }
  }

  /// What came in the moment in which the connection ended has no answer in the conversation.
  private func failWhatIsLeft(_ end: ConnectionEnd) {
    let failure = SessionFailure(end)
    for (id, receiver) in receivers { receiver.receive(.failed(id, failure)) }
    receivers = [:]
  }

  private func handOn(_ action: SessionAction) {
    guard let id = action.requestID, let receiver = receivers[id] else { return }
    connection.promptness.working { receiver.receive(action) }
    fed = action.isFinal ? nil : receiver
    if action.isFinal { receivers[id] = nil }
  }
}

extension ConnectionEnd {
  init(_ reason: LetGoReason) {
    self =
      switch reason {
      case .detached: .detached
      case .targetExiting: .exiting
      case .targetGone: .lost("the target closed the connection")
      case .unresponsive: .unresponsive
      case .unusable(let sentence): .unusable(sentence)
      }
  }
}

/// Adds to a reading what the kernel knows: resident size always, and once a minute the
/// proportional size, which costs the kernel a walk over the process's memory.
private struct Residency {
  private static let timeBetweenWalks = Duration.seconds(60)

  private let memory = HostMemory()
  private let processID: Int32
  private var nextWalk = ContinuousClock.now

  /// - Parameter processID: 0 where it is not known, and nothing is added.
  init(of processID: Int32) {
    self.processID = processID
  }

  mutating func complete(_ reading: UsageReading) -> UsageReading {
    guard processID > 0 else { return reading }
    var reading = reading
    reading.usage.residentSize = memory.residentSize(of: processID)
    if nextWalk <= .now {
      nextWalk = .now + Self.timeBetweenWalks
      reading.usage.proportionalSize = memory.proportionalSize(of: processID)
    }
    return reading
  }
}

extension SessionRequest {
  /// Whether its answer ends what its heap holds for us, also where it fails.
  fileprivate var endsWindow: Bool { self == .stopSampling || self == .stopTimeline }
}
