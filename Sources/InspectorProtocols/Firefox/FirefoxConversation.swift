internal import HeapModel
internal import JSONStream

/// A conversation with a Firefox: its parent process is the main heap, each tab another.
///
/// A tab stays the same heap when its page is loaded anew or moves to another process; what was
/// asked of the page before is answered as interrupted.
struct FirefoxConversation: Sendable {
  private typealias Session = DialectSession<FirefoxDialect>

  /// Whose call an actor will answer.
  private enum Caller: Sendable {
    case directory(FirefoxDirectory.Question)
    case heap(HeapNumber, Int64)
  }

  /// Without a greeting a person is being asked whether we may connect, or Firefox stands still.
  ///
  /// We stay in either case: to come again would be to ask again.
  private static let greetingPatience = Duration.seconds(10)
  private static let asksSomebody =
    "Firefox does not let us in: it asks somebody whether we may, or stands still; "
    + "set devtools.debugger.prompt-connection to false"

  private let options: SessionOptions
  private var reader = RDPReader()
  private var directory = FirefoxDirectory()
  private var switchboard = RDPSwitchboard<Caller>()
  private var sessions: [HeapNumber: Session] = [:]
  private var tabs: [Int64: HeapNumber] = [:]
  /// Pages of tabs that wait for the main heap to stand, which is told first.
  private var early: [Int64: FirefoxTarget] = [:]
  private var lastNumber: UInt32 = 0
  /// Whose snapshot is coming in as a bulk packet.
  private var bulk: (heap: HeapNumber, id: Int64)?
  /// When we say that we wait for it, and when why; nil when there is nothing to say any more.
  private var greetingDeadline: Duration?
  private var isWaitSaid = false
  private var actions: [HeapAction] = []
  private var nextActionIndex = 0
  private var isLeaving = false
  private var isOver = false

  init(options: SessionOptions) {
    self.options = options
    sessions[.main] = Session(FirefoxDialect(options: options), options: options)
  }
}

extension FirefoxConversation: InspectorConversation {
  package func capabilities(of heap: HeapNumber) -> Capabilities {
    sessions[heap]?.capabilities ?? []
  }

  package mutating func start(at now: Moment) {
    greetingDeadline = now.elapsed + options.limits.unresponsiveAfter
  }

  package mutating func request(
    _ request: SessionRequest,
    of heap: HeapNumber,
    id: SessionRequest.ID,
    at now: Moment
  ) {
    if request == .detach, heap == .main, sessions.count > 1 {
      isLeaving = true
      for number in others { sessions[number]?.request(.detach, id: id, at: now) }
    } else if sessions[heap] != nil {
      sessions[heap]?.request(request, id: id, at: now)
    } else {
      let failure = SessionFailure(.sessionOver, "this heap is gone")
      actions.append(HeapAction(heap, .failed(id, failure)))
    }
    collect(at: now)
  }

  /// A stream of bytes has no messages of its own.
  package mutating func receivedMessageBegin() {}
  package mutating func receivedMessageEnd(at now: Moment) {}

  package mutating func receivedBytes(_ bytes: UnsafeRawBufferPointer, at now: Moment) {
    guard isOver == false else { return }
    var pieces: [RDPReader.Piece] = []
    do throws(RDPReader.Failure) {
      try reader.consume(bytes) { pieces.append($0) }
    } catch {
      for piece in pieces { receive(piece, at: now) }
      letGo(.unusable("Firefox sent what we cannot read: \(error)"))
      collect(at: now)
      return
    }
    for piece in pieces { receive(piece, at: now) }
    collect(at: now)
  }

  package mutating func receivedFile(
    _ news: FileNews,
    for id: SessionRequest.ID,
    of heap: HeapNumber,
    at now: Moment
  ) {
    sessions[heap]?.receivedFile(news, for: id, at: now)
    collect(at: now)
  }

  package mutating func receivedClose(at now: Moment) {
    letGo(isLeaving ? .detached : .targetGone)
    collect(at: now)
  }

  package mutating func tick(at now: Moment) {
    if let greetingDeadline, now.elapsed >= greetingDeadline { missGreeting(at: now) }
    for number in sessions.keys.sorted() { sessions[number]?.tick(at: now) }
    collect(at: now)
  }

  package var deadline: Duration? {
    sessions.values.reduce(isOver ? nil : greetingDeadline) { earliest, session in
      [earliest, session.deadline].compactMap { $0 }.min()
    }
  }

  package mutating func nextAction() -> HeapAction? {
    guard nextActionIndex < actions.count else {
      actions.removeAll(keepingCapacity: actions.capacity <= 64)
      nextActionIndex = 0
      return nil
    }
    defer { nextActionIndex += 1 }
    return actions[nextActionIndex]
  }
}

/// The beginning.
extension FirefoxConversation {
  private mutating func missGreeting(at now: Moment) {
    guard isWaitSaid else {
      isWaitSaid = true
      actions.append(HeapAction(.main, .becameUnresponsive))
      greetingDeadline = now.elapsed + Self.greetingPatience - options.limits.unresponsiveAfter
      return
    }
    greetingDeadline = nil
    actions.append(HeapAction(.main, .capabilitiesChanged([], detail: Self.asksSomebody)))
  }
}

/// What arrives.
extension FirefoxConversation {
  private mutating func receive(_ piece: RDPReader.Piece, at now: Moment) {
    switch piece {
    case .packet(let packet, let log): receive(packet, log, at: now)
    case .bulkBegan(let actor):
      if case .heap(let heap, let id)? = switchboard.answered(actor),
        sessions[heap]?.waits(for: id) == true
      {
        bulk = (heap, id)
      }
    case .bulkBytes(let bytes):
      if let bulk { sessions[bulk.heap]?.receivedText(bytes, at: now) }
    case .bulkEnded:
      guard let bulk else { return }
      self.bulk = nil
      sessions[bulk.heap]?.receive(IncomingMessage(answering: bulk.id, .null), at: now)
    }
    collect(at: now)
  }

  private mutating func receive(_ packet: JSONValue, _ log: AllocationLog?, at now: Moment) {
    let actor = packet["from"]?.string ?? ""
    let type = packet["type"]?.string
    if directory.hasGreeting == false {
      greetingDeadline = nil
      if isWaitSaid { actions.append(HeapAction(.main, .becameResponsive)) }
      perform(directory.receivedGreeting(packet), at: now)
    } else if let type, RDPSwitchboard<Caller>.isEvent(type: type) {
      receive(event: packet, type, log, from: actor, at: now)
    } else if let caller = switchboard.answered(actor) {
      switch caller {
      case .directory(let question): perform(directory.received(packet, to: question), at: now)
      case .heap(let heap, let id):
        if let log { sessions[heap]?.dialect.window?.add(log) }
        sessions[heap]?.receive(IncomingMessage(answering: id, packet), at: now)
      }
    }
  }

  private mutating func receive(
    event packet: JSONValue,
    _ type: String,
    _ log: AllocationLog?,
    from actor: String,
    at now: Moment
  ) {
    if type == "forwardingCancelled", let prefix = packet["prefix"]?.string {
      perform(directory.receivedCancellation(prefix: prefix), at: now)
      failCallers(at: now) { $0.hasPrefix(prefix) }
    } else if let heap = sessions.first(where: { $0.value.dialect.target?.memory == actor })?.key {
      if let log { sessions[heap]?.dialect.window?.add(log) }
      sessions[heap]?.receive(IncomingMessage(event: type, packet), at: now)
    } else {
      perform(directory.received(packet, type: type, from: actor), at: now)
    }
  }

  /// Actors that are gone answer nothing any more.
  private mutating func failCallers(at now: Moment, _ isGone: (String) -> Bool) {
    for case .heap(let heap, let id) in switchboard.gone(isGone) {
      var message = IncomingMessage(answering: id, .null)
      message.failure = .neverAnswered
      sessions[heap]?.receive(message, at: now)
    }
  }

  private mutating func perform(_ steps: [FirefoxDirectory.Step], at now: Moment) {
    for step in steps {
      switch step {
      case .ask(let command, let question): ask(command, question)
      case .found(let target): found(target, at: now)
      case .loaded(let tab, let target): show(target, in: tab, at: now)
      case .left(let tab): left(tab, at: now)
      case .closed(let tab): closed(tab)
      case .retitled(let tab): retitle(tab)
      case .passedOver: actions.append(HeapAction(.main, .heapPassedOver))
      case .fail(let reason): letGo(.unusable(reason))
      }
    }
  }
}

/// What there is.
extension FirefoxConversation {
  private mutating func found(_ parent: FirefoxTarget, at now: Moment) {
    guard sessions[.main]?.dialect.target == nil else { return }
    sessions[.main]?.dialect.target = parent
    sessions[.main]?.dialect.files = directory.files
    sessions[.main]?.dialect.console = parent.console
    sessions[.main]?.dialect.version = directory.version
    sessions[.main]?.dialect.title = "parent process"
    sessions[.main]?.start(at: now)
  }

  /// A tab shows a page: a new heap, or the same with another target.
  private mutating func show(_ target: FirefoxTarget, in tab: Int64, at now: Moment) {
    guard capabilities(of: .main) != [] else {
      early[tab] = target
      return
    }
    if let number = tabs[tab] {
      let processBefore = sessions[number]?.dialect.processID
      sessions[number]?.dialect.target = target
      if target.processID != processBefore {
        actions.append(HeapAction(number, .moved(processID: target.processID)))
      }
      retitle(tab)
      // What is due now is to attach to it.
      sessions[number]?.tick(at: now)
      return
    }
    guard isLeaving == false else { return }
    lastNumber += 1
    let number = HeapNumber(rawValue: lastNumber)
    tabs[tab] = number
    var dialect = FirefoxDialect(
      options: options,
      name: "tab \(tab)",
      title: directory.title(of: tab)
    )
    dialect.target = target
    dialect.files = directory.files
    dialect.console = directory.parent?.console ?? ""
    sessions[number] = Session(dialect, options: options)
    sessions[number]?.start(at: now)
  }

  /// Says what a tab's page is called now, if it is another name than before.
  private mutating func retitle(_ tab: Int64) {
    let title = directory.title(of: tab)
    guard let number = tabs[tab], sessions[number]?.dialect.title != title else { return }
    sessions[number]?.dialect.title = title
    actions.append(HeapAction(number, .retitled(title)))
  }

  private mutating func left(_ tab: Int64, at now: Moment) {
    early[tab] = nil
    guard let number = tabs[tab], let gone = sessions[number]?.dialect.target else { return }
    sessions[number]?.dialect.target = nil
    failCallers(at: now) { $0 == gone.memory }
  }

  private mutating func closed(_ tab: Int64) {
    early[tab] = nil
    guard let number = tabs.removeValue(forKey: tab) else { return }
    sessions[number]?.letGo(.targetGone)
  }
}

/// What goes out.
extension FirefoxConversation {
  private var others: [HeapNumber] {
    sessions.keys.filter { $0 != .main }.sorted()
  }

  private mutating func ask(_ command: RDPCommand, _ question: FirefoxDirectory.Question) {
    switchboard.asked(command.actor, by: .directory(question))
    actions.append(HeapAction(.main, .send(command.message(id: 0, session: nil))))
  }

  private mutating func letGo(_ reason: LetGoReason) {
    for number in others { sessions[number]?.letGo(reason) }
    sessions[.main]?.letGo(reason)
  }

  /// Takes over what the sessions want done, the others before the main one, which may close.
  private mutating func collect(at now: Moment) {
    for number in others { collect(number) }
    if isLeaving, others.isEmpty {
      isLeaving = false
      sessions[.main]?.request(.detach, id: 0, at: now)
    }
    if sessions[.main]?.isOver == true {
      for number in others {
        sessions[number]?.letGo(.targetGone)
        collect(number)
      }
    }
    collect(.main)
    guard early.isEmpty == false, capabilities(of: .main) != [] else { return }
    let waiting = early
    early = [:]
    for (tab, target) in waiting.sorted(by: { $0.key < $1.key }) { show(target, in: tab, at: now) }
    collect(at: now)
  }

  private mutating func collect(_ number: HeapNumber) {
    guard let taken = sessions[number]?.takeActions(), taken.isEmpty == false else { return }
    for call in sessions[number]?.dialect.takeSent() ?? [] {
      switchboard.asked(call.actor, by: .heap(number, call.id))
    }
    for action in taken { actions.append(HeapAction(number, action)) }
    guard sessions[number]?.isOver == true else { return }
    if number == .main { isOver = true }
    sessions[number] = nil
    tabs = tabs.filter { $0.value != number }
  }
}
