internal import HeapModel
internal import JSONStream

/// A conversation in a dialect: reads messages, brings each to the heap it belongs to, and keeps
/// the heaps that appear and go.
struct DialectConversation<Dialect: InspectorDialect>: Sendable {
  /// No runtime has so many heaps that are worth watching; further ones are passed over.
  private static var heapLimit: Int { 256 }

  private let options: SessionOptions
  private var main: DialectSession<Dialect>
  private var others: [HeapNumber: DialectSession<Dialect>] = [:]
  private var numbers: [String: HeapNumber] = [:]
  private var lastNumber: UInt32 = 0
  private var reader = MessageReader(places: Dialect.places)
  private var actions: [HeapAction] = []
  private var nextActionIndex = 0
  /// The main heap leaves when the others have left.
  private var isLeaving = false

  init(options: SessionOptions) {
    self.options = options
    main = DialectSession(Dialect(options: options, heap: nil), options: options)
  }
}

extension DialectConversation: InspectorConversation {
  package func capabilities(of heap: HeapNumber) -> Capabilities {
    heap == .main ? main.capabilities : others[heap]?.capabilities ?? []
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
    } else if heap == .main {
      main.request(request, id: id, at: now)
    } else if others[heap] != nil {
      others[heap]?.request(request, id: id, at: now)
    } else {
      let failure = SessionFailure(.sessionOver, "this heap is gone")
      actions.append(HeapAction(heap, .failed(id, failure)))
    }
    collect(at: now)
  }

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
    do {
      if let reading = try reader.end() {
        receive(reading, at: now)
      } else {
        main.becomeResponsive()
      }
    } catch {
      letGo(.unusable("the inspector sent a message we cannot read: \(error)"), at: now)
    }
    collect(at: now)
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
  private mutating func receive(_ reading: MessageReader.Reading, at now: Moment) {
    let message = reading.message
    if let session = message.sessionID {
      receive(message, in: session, at: now)
    } else if message.hasEnclosure {
      guard let enclosed = reading.enclosed else { return }
      receive(enclosed, in: Dialect.sessionOfEnclosure(in: message) ?? "", at: now)
    } else if let news = Dialect.heapNews(in: message) {
      receive(news, at: now)
    } else {
      main.receive(message, at: now)
    }
  }

  private mutating func receive(
    _ message: IncomingMessage,
    in session: String,
    at now: Moment
  ) {
    // A heap below another announces those below itself in turn.
    if let news = Dialect.heapNews(in: message) {
      receive(news, at: now)
    } else if let number = numbers[session] {
      others[number]?.receive(message, at: now)
    }
  }

  private mutating func receive(_ news: HeapNews, at now: Moment) {
    switch news {
    case .appeared(let heap):
      guard let session = heap.channel.session, numbers[session] == nil, isLeaving == false,
        others.count < Self.heapLimit
      else { return }
      lastNumber += 1
      let number = HeapNumber(rawValue: lastNumber)
      numbers[session] = number
      var options = options
      // Ids of calls are told apart over all heaps of the connection.
      options.nonce &+= UInt64(lastNumber) &* 0x9E37_79B9_7F4A_7C15
      others[number] = DialectSession(
        Dialect(options: options, heap: heap),
        channel: heap.channel,
        options: options
      )
      others[number]?.start(at: now)
    case .gone(let session):
      guard let number = numbers[session] else { return }
      others[number]?.letGo(.targetGone)
    }
  }

  /// Ends everything, the main heap last.
  private mutating func letGo(_ reason: LetGoReason, at now: Moment) {
    for number in others.keys.sorted() { others[number]?.letGo(reason) }
    collectOthers(at: now)
    main.letGo(reason)
  }

  /// Takes over what the sessions want done, the others before the main one, which may close.
  private mutating func collect(at now: Moment) {
    collectOthers(at: now)
    if isLeaving, others.isEmpty {
      isLeaving = false
      main.request(.detach, id: 0, at: now)
    }
    if main.isOver {
      for number in others.keys.sorted() { others[number]?.letGo(.targetGone) }
      collectOthers(at: now)
    }
    for action in main.takeActions() { actions.append(HeapAction(.main, action)) }
  }

  private mutating func collectOthers(at now: Moment) {
    for number in others.keys.sorted() {
      guard let taken = others[number]?.takeActions(), taken.isEmpty == false else { continue }
      for action in taken { actions.append(HeapAction(number, outgoing(action, of: number))) }
      if others[number]?.isOver == true {
        others[number] = nil
        numbers = numbers.filter { $0.value != number }
      }
    }
  }

  /// A message of another heap travels in one of the main heap.
  private mutating func outgoing(_ action: SessionAction, of number: HeapNumber) -> SessionAction {
    guard case .send(let text) = action, case .enclosed(let session)? = others[number]?.channel,
      let command = Dialect.enclosing(text, for: session)
    else { return action }
    return .send(main.write(command))
  }
}
