internal import Glibc
internal import Connections
internal import HeapModel
internal import InspectorProtocols

/// The loop that owns a socket and a session: reads, tells the session, performs its answers.
///
/// It asks for a reading when one is due, and takes the orders that its connection was given.
final class SessionLoop {
  typealias Report = @Sendable (TargetReport) async -> Void

  private let connection: TargetConnection
  private let socket: WebSocketClient
  private var session: any InspectorSession
  private let beginning = ContinuousClock.now

  private var receivers: [SessionRequest.ID: any RequestReceiver] = [:]
  private var lastID: SessionRequest.ID = 0
  /// The receiver of the answers that are not the last, which it may have to write away first.
  private var fed: (any RequestReceiver)?

  private var isAttached = false
  private var nextReading: ContinuousClock.Instant?
  private var readingUnderWay: SessionRequest.ID?
  private var residency = Residency()
  private var end: ConnectionEnd?

  init(
    connection: TargetConnection,
    socket: WebSocketClient,
    session: any InspectorSession
  ) {
    self.connection = connection
    self.socket = socket
    self.session = session
  }

  func run(_ report: Report) async -> ConnectionEnd {
    session.start(at: now)
    while true {
      takeOrders()
      askForReadingIfDue()
      await perform(report)
      if let end { return end }
      await fed?.waitForRoom()
      await waitForNews()
    }
  }

  private var now: Moment {
    Moment(elapsed: ContinuousClock.now - beginning, wall: nanoseconds(CLOCK_REALTIME))
  }

  // MARK: What comes in

  /// Waits for whatever comes first, and tells the session.
  private func waitForNews() async {
    let deadline = [session.deadline.map { beginning + $0 }, nextReading].compactMap { $0 }.min()
    do {
      let outcome = try await socket.receive(until: deadline) { piece in
        connection.promptness.working { take(piece) }
      }
      switch outcome {
      case .received, .woken: break
      case .timedOut: session.tick(at: now)
      case .closed: session.receivedClose(at: now)
      }
    } catch {
      session.receivedClose(at: now)
    }
  }

  private func take(_ piece: WebSocketClient.Piece) {
    switch piece {
    case .messageBegan: session.receivedMessageBegin()
    case .bytes(let bytes): session.receivedBytes(bytes, at: now)
    case .messageEnded: session.receivedMessageEnd(at: now)
    }
  }

  private func takeOrders() {
    for order in connection.takeOrders() {
      switch order {
      case .ask(let request, let receiver): ask(request, receiver)
      case .tell(let request): ask(request, nil)
      }
    }
  }

  @discardableResult
  private func ask(
    _ request: SessionRequest,
    _ receiver: (any RequestReceiver)?
  ) -> SessionRequest.ID {
    lastID += 1
    receivers[lastID] = receiver
    session.request(request, id: lastID, at: now)
    return lastID
  }

  /// Asks for a reading, unless one is under way or something else keeps the session busy.
  private func askForReadingIfDue() {
    guard isAttached, let due = nextReading, due <= .now else { return }
    let settings = connection.settings
    nextReading = settings.schedule.next(after: .now, share: settings.share)
    if readingUnderWay == nil && receivers.isEmpty { readingUnderWay = ask(.usage, nil) }
  }

  // MARK: What goes out

  /// Performs what the session answers, in order; this is the one place where that is done.
  private func perform(_ report: Report) async {
    while end == nil, let action = connection.promptness.working({ session.nextAction() }) {
      switch action {
      case .send(let text): await send(text)
      case .attached(let description):
        isAttached = true
        nextReading = .now
        await report(.attached(description))
        askForReadingIfDue()
      case .capabilitiesChanged(let capabilities, let detail):
        await report(.capabilitiesChanged(capabilities, detail: detail))
      case .becameUnresponsive: await report(.becameUnresponsive)
      case .becameResponsive: await report(.becameResponsive)
      case .seriesEnded: await report(.seriesEnded)
      case .usage(readingUnderWay, let reading):
        readingUnderWay = nil
        await report(
          .reading(residency.complete(reading, processID: connection.settings.processID))
        )
      case .failed(readingUnderWay, _): readingUnderWay = nil
      case .letGo(let reason):
        // First of all: a program that ends is waiting for exactly this.
        socket.close()
        end = ConnectionEnd(reason)
      case .usage, .collected, .samplingStarted, .profile, .snapshotProgress, .snapshotBytes,
        .snapshotEnded, .failed:
        handOn(action)
      }
    }
  }

  private func send(_ text: [UInt8]) async {
    do {
      try await socket.send(text)
    } catch {
      session.receivedClose(at: now)
    }
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
  private var nextWalk = ContinuousClock.now

  mutating func complete(_ reading: UsageReading, processID: Int32) -> UsageReading {
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
