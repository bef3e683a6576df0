internal import HeapModel
internal import JSONStream

/// The session with one heap, as far as it is the same for every protocol: calls and their ids, one
/// operation at a time, a short queue, and the two time-outs of a silent target.
struct DialectSession<Dialect: InspectorDialect>: Sendable {
  private enum Phase {
    case fresh
    case attaching
    case attached
    /// Leaving, at this time at the latest.
    case detaching(until: Duration)
    case over
  }

  private struct Running {
    let id: SessionRequest.ID?
    var operation: any SessionOperation<Dialect>
  }

  private struct Waiting {
    let request: SessionRequest
    let id: SessionRequest.ID
  }

  private let options: SessionOptions
  var dialect: Dialect
  private var phase = Phase.fresh
  private var running: Running?
  private var queue: [Waiting] = []
  private var calls: CallTable<Dialect.Command>
  private var actions: [SessionAction] = []
  private var isUnresponsive = false
  let channel: HeapChannel

  init(_ dialect: Dialect, channel: HeapChannel = .own, options: SessionOptions) {
    self.options = options
    self.dialect = dialect
    self.channel = channel
    calls = CallTable(nonce: options.nonce)
  }
}

extension DialectSession {
  var capabilities: Capabilities {
    if case .attached = phase { dialect.capabilities } else { [] }
  }

  var isolate: String { dialect.isolate }

  var isOver: Bool {
    if case .over = phase { true } else { false }
  }

  var hasActions: Bool { actions.isEmpty == false }

  /// What is to be done, in order, since the last call.
  mutating func takeActions() -> [SessionAction] {
    defer { actions.removeAll(keepingCapacity: actions.capacity <= 64) }
    return actions
  }

  mutating func start(at now: Moment) {
    guard case .fresh = phase else { preconditionFailure("started twice: \(phase)") }
    phase = .attaching
    run(dialect.attachment(), id: nil, at: now)
  }

  mutating func request(
    _ request: SessionRequest,
    id: SessionRequest.ID,
    at now: Moment
  ) {
    switch phase {
    case .fresh, .attaching, .attached:
      if request == .detach {
        detach(at: now)
        return
      }
      guard queue.count < options.limits.queueLength else {
        fail(id, SessionFailure(.busy, "\(queue.count) requests are waiting already"))
        return
      }
      queue.append(Waiting(request: request, id: id))
      startNext(at: now)
    case .detaching, .over:
      fail(id, SessionFailure(.sessionOver, "the session is over"))
    }
  }

  /// What of the next message is to be streamed.
  var expectation: MessageReader.Expectation {
    MessageReader.Expectation(
      snapshotText: running?.operation.wantsSnapshotText ?? false,
      profiles: calls.profileCalls
    )
  }

  /// Writes the message of a call whose reply nobody waits for.
  mutating func write(_ command: Dialect.Command) -> [UInt8] {
    let (id, text) = calls.write(command, for: flatSession)
    dialect.sent(command, id: id)
    return text
  }

  /// Whether the call of this number is still to be answered.
  func waits(for id: Int64) -> Bool {
    calls.contains(id)
  }

  /// Snapshot text that was in a message which is still coming in.
  mutating func receivedText(_ text: [UInt8], at now: Moment) {
    advance(at: now) { operation, _ in operation.receivedText(text, at: now) }
  }

  /// What came of a file, unless the request that it was for is over.
  mutating func receivedFile(_ news: FileNews, for id: SessionRequest.ID, at now: Moment) {
    guard running?.id == id else { return }
    advance(at: now) { operation, dialect in
      do throws(SessionFailure) {
        return try operation.received(news, &dialect, at: now)
      } catch {
        return [.fail(error)]
      }
    }
    startNext(at: now)
  }

  mutating func tick(at now: Moment) {
    switch phase {
    case .fresh, .over:
      return
    case .detaching(let until):
      if now.elapsed >= until { letGo(.detached) }
      return
    case .attaching, .attached:
      break
    }
    if let silenceEnds = running?.operation.silenceEnds {
      if now.elapsed >= silenceEnds { letGo(.unresponsive) }
    } else if let since = calls.waitingSince {
      if now.elapsed >= since + options.limits.givesUpAfter {
        letGo(.unresponsive)
      } else if now.elapsed >= since + options.limits.unresponsiveAfter, isUnresponsive == false {
        isUnresponsive = true
        actions.append(.becameUnresponsive)
      }
    }
    startNext(at: now)
  }

  var deadline: Duration? {
    switch phase {
    case .fresh, .over: return nil
    case .detaching(let until): return until
    case .attaching, .attached: break
    }
    if let silenceEnds = running?.operation.silenceEnds { return silenceEnds }
    if let since = calls.waitingSince {
      let limits = options.limits
      return since + (isUnresponsive ? limits.givesUpAfter : limits.unresponsiveAfter)
    }
    return dialect.nextDuty?.at
  }
}

/// What arrives.
extension DialectSession {
  mutating func receive(_ message: IncomingMessage, at now: Moment) {
    if case .over = phase { return }
    becomeResponsive()
    if dialect.announcesExit(message) {
      letGo(.targetExiting)
      return
    }
    let call = message.id.flatMap { calls.take($0) }
    if message.method == nil, message.streamedText, call == nil {
      advance(at: now) { operation, _ in operation.receivedStrangersText() }
    } else if let call {
      advance(at: now) { operation, dialect in
        do throws(SessionFailure) {
          return try operation.received(message.reply, to: call.command, &dialect, at: now)
        } catch {
          return [.fail(error)]
        }
      }
    } else if message.method != nil {
      perform(dialect.received(message, at: now), at: now)
      advance(at: now) { operation, _ in operation.received(message, at: now) }
    }
    // What is left are replies to calls that nobody waits for any more, and strangers' replies.
    if case .attached = phase { startNext(at: now) }
  }

  mutating func becomeResponsive() {
    guard isUnresponsive else { return }
    isUnresponsive = false
    actions.append(.becameResponsive)
  }
}

/// Operations.
extension DialectSession {
  private mutating func startNext(at now: Moment) {
    while case .attached = phase, running == nil {
      if let duty = dialect.nextDuty, duty.at <= now.elapsed {
        run(duty.operation, id: nil, at: now)
        continue
      }
      guard queue.isEmpty == false else { return }
      let next = queue.removeFirst()
      do {
        run(try dialect.operation(for: next.request, id: next.id), id: next.id, at: now)
      } catch {
        fail(next.id, error)
      }
    }
  }

  private mutating func run(
    _ operation: any SessionOperation<Dialect>,
    id: SessionRequest.ID?,
    at now: Moment
  ) {
    running = Running(id: id, operation: operation)
    advance(at: now) { operation, dialect in operation.begin(&dialect, at: now) }
  }

  /// Tells the running operation something and does what it answers.
  private mutating func advance(
    at now: Moment,
    _ tell: (inout any SessionOperation<Dialect>, inout Dialect) -> [SessionStep<Dialect.Command>]
  ) {
    guard var current = running else { return }
    // The operation leaves the session while it changes, so that what it holds is not copied.
    running = nil
    let steps = tell(&current.operation, &dialect)
    running = current
    perform(steps, at: now)
  }

  private mutating func perform(_ steps: [SessionStep<Dialect.Command>], at now: Moment) {
    for step in steps {
      switch step {
      case .call(let command):
        let (id, text) = calls.send(command, for: flatSession, at: now.elapsed)
        dialect.sent(command, id: id)
        actions.append(.send(text))
      case .tell(let command): actions.append(.send(write(command)))
      case .report(let action): actions.append(action)
      case .finish: finish(at: now)
      case .fail(let failure): abandon(failure, at: now)
      case .attachAnew: attachAnew(at: now)
      case .letGo(let reason): letGo(reason)
      }
    }
  }

  private var flatSession: String? {
    if case .flat(let session) = channel { session } else { nil }
  }

  private mutating func finish(at now: Moment) {
    running = nil
    switch phase {
    case .attaching:
      phase = .attached
      startNext(at: now)
    case .detaching:
      letGo(.detached)
    case .fresh, .attached, .over:
      break
    }
  }

  private mutating func attachAnew(at now: Moment) {
    guard case .attaching = phase else { return }
    calls.removeAll()
    advance(at: now) { operation, dialect in operation.begin(&dialect, at: now) }
  }

  /// The running operation is over; replies to its calls will find nobody.
  private mutating func abandon(_ failure: SessionFailure, at now: Moment) {
    guard var current = running else { return }
    running = nil
    current.operation.cancelled(&dialect)
    calls.removeAll()
    if let id = current.id { fail(id, failure) }
    switch phase {
    case .attaching: letGo(.unusable(failure.message))
    case .detaching: letGo(.detached)
    case .fresh, .attached, .over: break
    }
  }

  private mutating func fail(_ id: SessionRequest.ID, _ failure: SessionFailure) {
    actions.append(.failed(id, failure))
  }
}

/// The end.
extension DialectSession {
  private mutating func detach(at now: Moment) {
    failEverything(SessionFailure(.sessionOver, "the agent lets go of the target"))
    guard case .attached = phase else {
      letGo(.detached)
      return
    }
    phase = .detaching(until: now.elapsed + options.limits.detachesWithin)
    run(dialect.detachment(), id: nil, at: now)
  }

  /// Ends the session; all its requests are answered.
  mutating func letGo(_ reason: LetGoReason) {
    if case .over = phase { return }
    var reason = reason
    if case .detaching = phase { reason = .detached }
    // A target that does not answer may well live, which whoever asked should hear.
    let code: SessionFailure.Code = reason == .unresponsive ? .noAnswer : .sessionOver
    failEverything(SessionFailure(code, reason.sentence))
    phase = .over
    actions.append(.letGo(reason))
  }

  private mutating func failEverything(_ failure: SessionFailure) {
    if var current = running {
      running = nil
      current.operation.cancelled(&dialect)
      if let id = current.id { fail(id, failure) }
    }
    calls.removeAll()
    let waiting = queue
    queue = []
    waiting.forEach { fail($0.id, failure) }
  }
}

extension LetGoReason {
  /// Why, for people.
  package var sentence: String {
    switch self {
    case .detached: "the agent let go of the target"
    case .targetExiting: "the program is ending"
    case .targetGone: "the target closed the connection"
    case .unresponsive: "the target has not answered for too long"
    case .unusable(let why): why
    }
  }
}
