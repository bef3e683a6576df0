package import Connections
package import HeapModel
package import InspectorProtocols
internal import Synchronization

/// One connection to a process's inspector, from the question who listens there to the goodbye.
///
/// `run` is the loop that owns the socket and the conversation; it does not know which runtime it
/// talks to. Everything else reaches it through `ask` and `detach`, from any task.
package final class TargetConnection: Sendable {
  package struct Settings: Sendable {
    package var runtime: RuntimeKind
    package var endpoint: InspectorEndpoint
    /// Which of the programs that the inspector lists; empty where there is one.
    package var program: String
    /// 0 where the process is not known; its resident size is not known then either.
    package var processID: Int32
    package var options: SessionOptions
    package var schedule: MetricsSchedule
    /// The target's place within the schedule's spread, from 0 to 1.
    package var share: Double
    /// Connected only while something is read or commanded.
    package var isVisited: Bool
    package var company: InspectorCompany

    package init(
      runtime: RuntimeKind,
      endpoint: InspectorEndpoint,
      program: String = "",
      processID: Int32,
      options: SessionOptions,
      schedule: MetricsSchedule,
      share: Double,
      isVisited: Bool = false,
      company: InspectorCompany = InspectorCompany()
    ) {
      self.runtime = runtime
      self.endpoint = endpoint
      self.program = program
      self.processID = processID
      self.options = options
      self.schedule = schedule
      self.share = share
      self.isVisited = isVisited
      self.company = company
    }
  }

  enum Order {
    case ask(SessionRequest, HeapNumber, any RequestReceiver)
    /// What nobody waits for.
    case tell(SessionRequest, HeapNumber)
  }

  private struct Mailbox {
    var orders: [Order] = []
    var socket: SocketConnection?
    /// We were told to go, and do not come back.
    var isLeaving = false
    var isOver = false
  }

  let settings: Settings
  /// The program's own connection to us, where it has called; there is but one.
  private let caller: SocketConnection?
  package let promptness = Promptness()
  private let mailbox = Mutex(Mailbox())
  private let orderCame = Signal()

  package init(settings: Settings, caller: SocketConnection? = nil) {
    self.settings = settings
    self.caller = caller
  }

  // MARK: From any task

  /// Asks of a heap; the receiver gets every answer, the last of them at the latest when the
  /// connection ends.
  package func ask(
    _ request: SessionRequest,
    of heap: HeapNumber = .main,
    _ receiver: any RequestReceiver
  ) {
    guard post(.ask(request, heap, receiver)) else {
      let failure = SessionFailure(.sessionOver, "the connection to the target is over")
      receiver.receive(.failed(0, failure))
      return
    }
  }

  /// Asks for what has one answer, and waits for it.
  package func ask(
    _ request: SessionRequest,
    of heap: HeapNumber = .main
  ) async -> SessionAction {
    let answer = SingleAnswer()
    ask(request, of: heap, answer)
    return await answer.wait()
  }

  /// Leaves all heaps without a trace, within some seconds.
  package func detach() {
    mailbox.withLock { $0.isLeaving = true }
    _ = post(.tell(.detach, .main))
  }

  /// Lets a heap forget the ids that a series holds.
  package func endSeries(of heap: HeapNumber = .main) {
    _ = post(.tell(.endSeries, heap))
  }

  private func post(_ order: Order) -> Bool {
    let (isTaken, socket) = mailbox.withLock { mailbox in
      guard !mailbox.isOver else { return (false, nil as SocketConnection?) }
      mailbox.orders.append(order)
      return (true, mailbox.socket)
    }
    socket?.wake()
    orderCame.raise()
    return isTaken
  }

  // MARK: The loop

  /// Connects, and stays until one side leaves.
  ///
  /// Called once.
  ///
  /// Cancelling the task drops the connection without a goodbye; `detach` is the way to leave.
  ///
  /// - Parameter report: called in order, `.ended` of the main heap last.
  package func run(_ report: @Sendable (HeapNumber, TargetReport) async -> Void) async {
    let end = settings.isVisited ? await visit(report) : await connect(report)
    closeMailbox(end)
    await report(.main, .ended(end))
  }

  /// Comes for a moment, again and again, until it cannot or is told to go.
  private func visit(
    _ report: @Sendable (HeapNumber, TargetReport) async -> Void
  ) async -> ConnectionEnd {
    var isFirst = true
    while true {
      let isFirstVisit = isFirst
      let end = await connect { heap, told in
        // Heaps beside the main one have other numbers with each visit: they are not told of.
        guard heap == .main else { return }
        // That it came again is no news.
        switch told {
        case .recognised where !isFirstVisit, .attached where !isFirstVisit: break
        default: await report(heap, told)
        }
      }
      isFirst = false
      guard case .detached = end, !mailbox.withLock({ $0.isLeaving }) else { return end }
      await waitForNextVisit()
    }
  }

  /// A `workerd` that is come back to at once closes the session before and the new one.
  private static let shortestAbsence = Duration.milliseconds(500)

  private func waitForNextVisit() async {
    try? await Task.sleep(for: Self.shortestAbsence)
    let seen = orderCame.count
    guard mailbox.withLock({ $0.orders.isEmpty && !$0.isLeaving }) else { return }
    let next = settings.schedule.next(after: .now, share: settings.share)
    await orderCame.wait(beyond: seen, atMost: next - .now)
  }

  /// Connects once, and stays until one side leaves.
  private func connect(
    _ report: @Sendable (HeapNumber, TargetReport) async -> Void
  ) async -> ConnectionEnd {
    if let caller { return await talk(over: LengthPrefixedClient(caller), report) }
    do {
      let approach = InspectorApproach(runtime: settings.runtime, endpoint: settings.endpoint)
      let socket = try await approach.open(settings.program) {
        await report(.main, .recognised($0))
      }
      return await talk(over: socket, report)
    } catch {
      return ConnectionEnd(error)
    }
  }

  private func talk(
    over socket: sending any StreamClient,
    _ report: @Sendable (HeapNumber, TargetReport) async -> Void
  ) async -> ConnectionEnd {
    let conversation = InspectorProtocol.conversation(
      with: settings.runtime,
      options: settings.options
    )
    mailbox.withLock { $0.socket = socket.connection }
    defer { mailbox.withLock { $0.socket = nil } }
    return await SessionLoop(connection: self, socket: socket, conversation: conversation)
      .run(report)
  }

  var isLeaving: Bool { mailbox.withLock { $0.isLeaving } }

  var hasOrders: Bool { mailbox.withLock { !$0.orders.isEmpty } }

  /// Orders that came since the last call.
  func takeOrders() -> [Order] {
    mailbox.withLock { mailbox in
      defer { mailbox.orders = [] }
      return mailbox.orders
    }
  }

  /// What waited for a connection, or for the next visit, is told why there is none.
  private func closeMailbox(_ end: ConnectionEnd) {
    let orders = mailbox.withLock { mailbox in
      mailbox.isOver = true
      mailbox.socket = nil
      defer { mailbox.orders = [] }
      return mailbox.orders
    }
    let failure = SessionFailure(end)
    for case .ask(_, _, let receiver) in orders { receiver.receive(.failed(0, failure)) }
  }
}

extension SessionFailure {
  /// Why what was asked of a connection that has ended has no answer.
  init(_ end: ConnectionEnd) {
    self =
      switch end {
      case .detached: SessionFailure(.sessionOver, LetGoReason.detached.sentence)
      case .exiting: SessionFailure(.sessionOver, LetGoReason.targetExiting.sentence)
      case .unresponsive: SessionFailure(.noAnswer, "the target does not answer for now")
      case .inUse(let reason): SessionFailure(.inUse, reason)
      case .lost(let reason), .unusable(let reason): SessionFailure(.sessionOver, reason)
      }
  }
}
