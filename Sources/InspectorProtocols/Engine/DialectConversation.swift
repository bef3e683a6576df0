internal import HeapModel
internal import JSONStream

/// A conversation in a dialect: reads messages, brings each to the heap it belongs to, and keeps
/// the heaps that appear and go.
struct DialectConversation<Dialect: InspectorDialect>: Sendable {
  /// Makes what speaks with a heap as the inspector introduced it; nil for the one that was
  /// connected to.
  typealias DialectMaker = @Sendable (SessionOptions, HeapIntroduction?) -> Dialect

  private let options: SessionOptions
  private let makeDialect: DialectMaker
  private var main: DialectSession<Dialect>
  private var others: [HeapNumber: DialectSession<Dialect>] = [:]
  private var places = HeapPlaces()
  private var shared = SharedHeaps()
  private var windows = TraceWindows()
  private var reader = MessageReader(places: Dialect.places)
  private var actions: [HeapAction] = []
  private var nextActionIndex = 0
  /// The main heap leaves when the others have left.
  private var isLeaving = false
  private var hasCompany = false

  init(options: SessionOptions, makeDialect: @escaping DialectMaker) {
    self.options = options
    self.makeDialect = makeDialect
    main = DialectSession(makeDialect(options, nil), options: options)
  }
}

extension DialectConversation {
  /// The inspector's word for what a heap is; nil for the one that was connected to.
  func kind(of heap: HeapNumber) -> String? {
    places[heap]?.heap.kind
  }

  /// Whether there is a session with a heap of this kind, attached or about to be.
  func reaches(_ kind: String) -> Bool {
    places.contains(kind: kind)
  }
}

extension DialectConversation: InspectorConversation {
  package func capabilities(of heap: HeapNumber) -> Capabilities {
    if heap == .main { return main.capabilities }
    return shared.isGuest(heap) ? [] : others[heap]?.capabilities ?? []
  }

  package mutating func start(at now: Moment) {
    main.start(at: now)
    collect(at: now)
  }

  package mutating func request(
    _ request: SessionRequest,
    of heap: HeapNumber,
    id: SessionRequest.ID,
    at now: Moment
  ) {
    if heap == .main, request == .detach, others.isEmpty == false {
      isLeaving = true
      for number in others.keys.sorted() { others[number]?.request(.detach, id: id, at: now) }
    } else if heap == .main, request.isOfWindow, main.capabilities == [] {
      let failure = SessionFailure(.unsupported, "it has no heap of its own")
      actions.append(HeapAction(heap, .failed(id, failure)))
    } else if heap == .main {
      main.request(request, id: id, at: now)
    } else if shared.isGuest(heap), request != .detach {
      let failure = SessionFailure(.unsupported, SharedHeaps.detail)
      actions.append(HeapAction(heap, .failed(id, failure)))
    } else if others[heap]?.dialect.isTraced == true, request.isOfWindow {
      self.request(window: request, of: heap, id, at: now)
    } else if others[heap] != nil {
      others[heap]?.request(request, id: id, at: now)
    } else {
      let failure = SessionFailure(.sessionOver, "this heap is gone")
      actions.append(HeapAction(heap, .failed(id, failure)))
    }
    collect(at: now)
  }

  package mutating func noticed(company: Bool) {
    hasCompany = company
    main.dialect.noticed(company: company)
    for number in others.keys { others[number]?.dialect.noticed(company: company) }
  }

  package var tidiesWithReadings: Bool { main.dialect.tidiesWithReadings }

  package mutating func receivedMessageBegin() {
    var expectation = main.expectation
    for session in others.values {
      let other = session.expectation
      expectation.snapshotText = expectation.snapshotText || other.snapshotText
      expectation.profiles.merge(other.profiles) { first, _ in first }
    }
    reader.begin(expecting: expectation)
  }

  package mutating func receivedBytes(_ bytes: UnsafeRawBufferPointer, at now: Moment) {
    let text = reader.consume(bytes)
    guard text.isEmpty == false else { return }
    // Whose message it is may stand at its end. An agent takes one snapshot at a time, so whoever
    // waits for text is who gets it.
    if main.expectation.snapshotText {
      main.receivedText(text, at: now)
    } else if let number = others.first(where: { $0.value.expectation.snapshotText })?.key {
      others[number]?.receivedText(text, at: now)
    }
    collect(at: now)
  }

  package mutating func receivedMessageEnd(at now: Moment) {
    main.dialect.heard(at: now)
    do {
      let messages = try reader.end()
      if messages.isEmpty { main.becomeResponsive() }
      receive(messages[...], of: .main, at: now)
    } catch {
      letGo(.unusable("the inspector sent a message we cannot read: \(error)"), at: now)
    }
    collect(at: now)
    settleSharing()
  }

  package mutating func receivedClose(at now: Moment) {
    letGo(isLeaving ? .detached : .targetGone, at: now)
    collect(at: now)
  }

  package mutating func tick(at now: Moment) {
    main.tick(at: now)
    for number in others.keys.sorted() { others[number]?.tick(at: now) }
    collect(at: now)
  }

  package var deadline: Duration? {
    others.values.reduce(main.deadline) { earliest, session in
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

extension DialectConversation {
  /// - Parameter messages: what a heap carries: its own message, or that of another heap inside it
  private mutating func receive(
    _ messages: ArraySlice<IncomingMessage>,
    of carrier: HeapNumber?,
    at now: Moment
  ) {
    guard let message = messages.first else { return }
    let number =
      message.sessionID.map { places.number(of: .flat(session: $0), by: .main) } ?? carrier
    if message.hasEnclosure {
      let session = Dialect.sessionOfEnclosure(in: message) ?? ""
      let inner = number.flatMap { places.number(of: .enclosed(session: session), by: $0) }
      receive(messages.dropFirst(), of: inner, at: now)
    } else if let news = Dialect.heapNews(in: message) {
      // A heap below another announces those below itself in turn.
      receive(news, from: number ?? .main, at: now)
    } else if number == .main {
      main.receive(message, at: now)
    } else if let number {
      others[number]?.receive(message, at: now)
    }
  }

  private mutating func receive(_ news: HeapNews, from carrier: HeapNumber, at now: Moment) {
    switch news {
    case .appeared(let heap):
      guard isLeaving == false else { return }
      switch places.appeared(heap, by: carrier) {
      case .new(let number): open(heap, number, by: carrier, at: now)
      case .alreadyReached: break
      case .tooMany: actions.append(HeapAction(.main, .heapPassedOver))
      }
    case .gone(let session):
      places.ended(session: session)
      guard let number = places.number(of: session, by: carrier) else { return }
      letGo(of: number)
      takeUpSpares(at: now)
    case .crashed(let session):
      guard let number = places.number(of: session, by: carrier) else { return }
      crash(number)
      takeUpSpares(at: now)
    case .crashedForAll(let identity):
      places.removeSpares(of: identity)
      for number in places.numbers(of: identity) { crash(number) }
      takeUpSpares(at: now)
    case .revived(let session):
      guard let place = places.revived(session: session) else { return }
      receive(.appeared(place.heap), from: place.carrier, at: now)
    case .destroyed(let identity):
      places.destroyed(identity: identity)
      for number in places.numbers(of: identity) { letGo(of: number) }
      takeUpSpares(at: now)
    case .retitled(let identity, let title):
      for number in places.retitle(identity: identity, title) {
        others[number]?.dialect.retitle(title)
        actions.append(HeapAction(number, .retitled(title)))
      }
    }
  }

  /// Begins a session with a heap that has appeared.
  private mutating func open(
    _ heap: HeapIntroduction,
    _ number: HeapNumber,
    by carrier: HeapNumber,
    at now: Moment
  ) {
    var options = options
    // Ids of calls are told apart over all heaps of the connection.
    options.nonce &+= UInt64(number.rawValue) &* 0x9E37_79B9_7F4A_7C15
    others[number] = DialectSession(
      makeDialect(options, heap),
      channel: heap.channel,
      options: options
    )
    others[number]?.dialect.noticed(company: hasCompany)
    if let welcome = Dialect.welcoming(heap) { send(welcome, to: carrier) }
    others[number]?.start(at: now)
  }

  /// Heaps whose session is gone may have another.
  private mutating func takeUpSpares(at now: Moment) {
    collectOthers(at: now)
    while let spare = places.takeSpare() {
      receive(.appeared(spare.heap), from: spare.carrier, at: now)
    }
  }

  /// Says which heaps turned out to be one and the same, and which no longer are.
  private mutating func settleSharing() {
    guard others.count > 1 || shared.isEmpty == false else { return }
    let isolates = others.compactMapValues { $0.capabilities == [] ? nil : $0.isolate }
    for number in shared.settle(isolates).sorted() {
      guard let session = others[number] else { continue }
      let change =
        shared.isGuest(number)
        ? SessionAction.capabilitiesChanged([], detail: SharedHeaps.detail)
        : .capabilitiesChanged(session.capabilities, detail: "")
      actions.append(HeapAction(number, change))
    }
  }

  /// A heap is gone, and there may be another at the same place.
  private mutating func crash(_ number: HeapNumber) {
    places.crashed(number)
    letGo(of: number)
  }

  /// A heap is gone, and with it those that it carried.
  private mutating func letGo(of number: HeapNumber) {
    for other in places.carried(by: number) { letGo(of: other) }
    others[number]?.letGo(.targetGone)
  }

  /// Ends everything, the main heap last.
  private mutating func letGo(_ reason: LetGoReason, at now: Moment) {
    for number in others.keys.sorted() { others[number]?.letGo(reason) }
    collectOthers(at: now)
    main.letGo(reason)
  }

  /// Takes over what the sessions want done, and what follows from it for a trace.
  private mutating func collect(at now: Moment) {
    collectOnce(at: now)
    while settleWindows(at: now) { collectOnce(at: now) }
  }

  /// Takes over what the sessions want done, the others before the main one, which may close.
  private mutating func collectOnce(at now: Moment) {
    collectOthers(at: now)
    if isLeaving, others.isEmpty {
      isLeaving = false
      main.request(.detach, id: 0, at: now)
    }
    if main.isOver {
      for number in others.keys.sorted() { others[number]?.letGo(.targetGone) }
      collectOthers(at: now)
    }
    for action in main.takeActions() where isOfTrace(action, at: now) == false {
      actions.append(HeapAction(.main, action))
    }
  }

  private mutating func collectOthers(at now: Moment) {
    // A heap's messages go through those of the heap that carries it, which was there before it.
    for number in others.keys.sorted().reversed() {
      guard let taken = others[number]?.takeActions(), taken.isEmpty == false else { continue }
      for action in taken where isKept(action, of: number) == false {
        actions.append(HeapAction(number, outgoing(action, of: number)))
        if action == .letGo(.unresponsive), Dialect.fallsSilentAsAWhole {
          main.letGo(.unresponsive)
        }
      }
      guard others[number]?.isOver == true else { continue }
      others[number] = nil
      places.remove(number)
    }
  }

  /// Says something to a heap of which no answer is waited for.
  private mutating func send(_ command: Dialect.Command, to number: HeapNumber) {
    let text = number == .main ? main.write(command) : others[number]?.write(command)
    guard let text else { return }
    actions.append(HeapAction(number, outgoing(.send(text), of: number)))
  }

  /// A message of another heap travels in one of the heap that carries it.
  private mutating func outgoing(_ action: SessionAction, of number: HeapNumber) -> SessionAction {
    guard case .send(let text) = action, let place = places[number],
      case .enclosed = place.heap.channel, let command = Dialect.enclosing(text, for: place.heap)
    else { return action }
    guard place.carrier != .main else { return .send(main.write(command)) }
    guard let carried = others[place.carrier]?.write(command) else { return action }
    return outgoing(.send(carried), of: place.carrier)
  }
}

/// Windows of collections, where these are told by a trace of the whole connection.
extension DialectConversation {
  /// Names what we ask of the main heap on behalf of others.
  private static var traceRequest: SessionRequest.ID { .max }

  private mutating func request(
    window request: SessionRequest,
    of heap: HeapNumber,
    _ id: SessionRequest.ID,
    at now: Moment
  ) {
    guard request == .openCollectionWindow else {
      if windows.close(heap, id) {
        others[heap]?.request(.usage, id: id, at: now)
      } else {
        actions.append(HeapAction(heap, .failed(id, Self.missedTrace)))
      }
      return
    }
    switch windows.open(heap, id) {
    case .startTrace: main.request(.openCollectionWindow, id: Self.traceRequest, at: now)
    case .wait: break
    case .open: others[heap]?.request(.openCollectionWindow, id: id, at: now)
    case .refuse(let failure): actions.append(HeapAction(heap, .failed(id, failure)))
    }
  }

  private static var missedTrace: SessionFailure {
    SessionFailure(.interrupted, "the trace was over before the window was")
  }

  /// Whether an answer of the main heap is to what we asked for others, and what follows from it.
  private mutating func isOfTrace(_ action: SessionAction, at now: Moment) -> Bool {
    switch action {
    case .collectionWindowOpened(Self.traceRequest):
      for next in windows.started() {
        others[next.heap]?.request(.openCollectionWindow, id: next.id, at: now)
      }
      return true
    case .failed(Self.traceRequest, let failure):
      for next in windows.ended() {
        actions.append(HeapAction(next.heap, .failed(next.id, failure)))
      }
      return true
    default:
      return false
    }
  }

  /// Whether an answer of another heap has to wait for the trace.
  private mutating func isKept(_ action: SessionAction, of heap: HeapNumber) -> Bool {
    switch action {
    case .collectionWindowOpened:
      windows.opened(heap)
    case .usage(let id, let reading):
      switch windows.received(reading, of: heap, to: id) {
      case .handOn: break
      case .keep: return true
      case .fail:
        actions.append(HeapAction(heap, .failed(id, Self.missedTrace)))
        return true
      }
    case .failed(let id, _):
      windows.failed(heap, id)
    case .letGo(let reason):
      guard let id = windows.gone(heap) else { break }
      let failure = SessionFailure(.sessionOver, reason.sentence)
      actions.append(HeapAction(heap, .failed(id, failure)))
    default:
      break
    }
    return false
  }

  /// Answers those who waited for a trace that is there, and ends one that nobody needs any more.
  ///
  /// - Returns: whether a session was asked for something.
  private mutating func settleWindows(at now: Moment) -> Bool {
    if let trace = main.dialect.takeTrace() {
      for next in windows.ended() { answer(next, from: trace) }
    }
    guard windows.endsNow() else {
      return main.hasActions || others.values.contains(where: \.hasActions)
    }
    main.request(.closeCollectionWindow, id: Self.traceRequest, at: now)
    return true
  }

  private mutating func answer(_ waiting: TraceWindows.Waiting, from trace: CollectionTrace) {
    var answer = SessionAction.failed(waiting.id, Self.missedTrace)
    if var reading = waiting.reading {
      do throws(SessionFailure) {
        reading.collections += try others[waiting.heap]?.dialect.collections(in: trace) ?? []
        answer = .usage(waiting.id, reading)
      } catch {
        answer = .failed(waiting.id, error)
      }
    }
    actions.append(HeapAction(waiting.heap, answer))
  }
}

extension SessionRequest {
  /// Whether it is about a window of collections.
  fileprivate var isOfWindow: Bool {
    self == .openCollectionWindow || self == .closeCollectionWindow
  }
}
