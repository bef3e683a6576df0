import Connections
import Foundation
import HeapModel
import InspectorProtocols
import Testing

/// The loop that owns a socket and a session, as an agent runs it: the example for it.
final class LiveSession {
  struct OutOfTime: Error {
    let actions: [SessionAction]
  }

  private let socket: WebSocketClient
  private var session: any InspectorConversation
  private let beginning = ContinuousClock.now
  private var nextID: SessionRequest.ID = 1
  private(set) var isOver = false
  /// Everything that was reported, snapshot text left out.
  private(set) var reports: [SessionAction] = []
  private(set) var snapshotText: [UInt8] = []

  var capabilities: Capabilities { session.capabilities(of: .main) }

  /// Connects and attaches.
  init(to program: LiveProgram, limits: SessionLimits = SessionLimits()) async throws {
    let options = SessionOptions(nonce: .random(in: 0...UInt64.max), limits: limits)
    session = InspectorProtocol.conversation(with: program.runtime, options: options)
    socket = try await WebSocketClient.connect(
      to: .tcp(.loopbackV4, port: program.port),
      path: program.path,
      fields: InspectorProtocol.handshakeFields(for: program.runtime),
      until: .now + .seconds(10)
    )
    session.start(at: now)
    try await run { if case .attached = $0 { true } else { false } }
  }

  private var now: Moment {
    let wall = UInt64(Date().timeIntervalSince1970 * 1e9)
    return Moment(elapsed: ContinuousClock.now - beginning, wall: wall)
  }

  /// Asks, and runs until the answer has come.
  @discardableResult
  func request(_ request: SessionRequest) async throws -> SessionAction {
    let id = nextID
    nextID += 1
    session.request(request, of: .main, id: id, at: now)
    return try await run { action in
      switch action {
      case .usage(id, _), .collected(id, _), .samplingStarted(id), .profile(id, _),
        .snapshotEnded(id, _), .failed(id, _):
        true
      case .seriesEnded: request == .endSeries
      case .letGo: true
      default: false
      }
    }
  }

  /// Runs until an action is what is waited for, and answers it.
  @discardableResult
  func run(
    within limit: Duration = .seconds(120),
    until isWanted: (SessionAction) -> Bool
  ) async throws -> SessionAction {
    let end = ContinuousClock.now + limit
    while true {
      if let found = try await perform(until: isWanted) { return found }
      guard ContinuousClock.now < end, isOver == false else { throw OutOfTime(actions: reports) }
      let deadline = session.deadline.map { beginning + $0 }
      try await wait(until: min(deadline ?? end, end))
    }
  }

  /// Waits for whatever comes first and tells the session.
  private func wait(until deadline: ContinuousClock.Instant) async throws {
    let outcome = try await socket.receive(until: deadline) { piece in
      switch piece {
      case .messageBegan: session.receivedMessageBegin()
      case .bytes(let bytes): session.receivedBytes(bytes, at: now)
      case .messageEnded: session.receivedMessageEnd(at: now)
      }
    }
    switch outcome {
    case .received, .woken: break
    case .timedOut: session.tick(at: now)
    case .closed: session.receivedClose(at: now)
    }
  }

  /// Does what the session says, in one place.
  private func perform(until isWanted: (SessionAction) -> Bool) async throws -> SessionAction? {
    while let action = session.nextAction()?.action {
      switch action {
      case .send(let text): try await socket.send(text)
      case .snapshotBytes(_, let text): snapshotText += text
      case .letGo:
        socket.close()
        isOver = true
        reports.append(action)
      default: reports.append(action)
      }
      if isWanted(action) { return action }
    }
    return nil
  }

  /// Sends a command that no session of ours would, as a stranger's client does.
  func raw(_ method: String) async throws {
    try await socket.send(Array("{\"id\":7,\"method\":\"\(method)\"}".utf8))
    // Whatever is asked next is answered behind it.
    try await request(.usage)
  }

  func takeSnapshotText() -> [UInt8] {
    defer { snapshotText = [] }
    return snapshotText
  }
}
