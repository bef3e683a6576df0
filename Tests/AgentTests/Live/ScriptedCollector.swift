import Compression
import Cryptography
import FleetProtocol
import Foundation
import GRPCTransport
import HeapModel
import Synchronization
import TestSupport

/// A collector that does what a test says: it keeps what comes, acknowledges unless told not to,
/// and refuses what it is told to refuse.
final class ScriptedCollector: Sendable {
  struct Upload {
    var begin: BeginUpload
    var blocks: [PutBlock] = []
    var commit: CommitUpload?
  }

  struct State {
    var hellos: [Hello] = []
    /// Messages by number, as they came first.
    var messages: [UInt64: AgentMessage] = [:]
    var repeatedMessages = 0
    var acknowledged: UInt64 = 0
    var uploads: [String: Upload] = [:]
    var repeatedBlocks = 0
    var streams: [UUID: AsyncStream<CollectorMessage>.Continuation] = [:]

    // What the test may change.
    var acknowledges = true
    var refusal: String?
    var metricsInterval: UInt64 = 0
    /// As that of a collector which gives scheduled snapshots no turns.
    var protocolMinor: UInt32 = 0
    /// Answers every put with this instead.
    var putError: RPCError?
    /// Drops the answer to so many puts, after taking the block.
    var lostAnswers = 0
  }

  let address: String
  private let state: Mutex<State>
  private let folder: TemporaryFolder
  private let server: Mutex<(Server, CompletionQueue)?>

  init(folder: TemporaryFolder = TemporaryFolder()) throws {
    self.folder = folder
    address = "unix:" + folder.file("collector.sock")
    state = Mutex(State())
    server = Mutex(nil)
    try start()
  }

  /// Listens, also again after `stop`: what was committed is still there.
  func start() throws {
    let queue = CompletionQueue()
    let handlers: [Method: Handler] = [
      Method(FleetMethods.Agents.control.path): .streaming { call in
        try await self.control(call)
        return nil
      },
      Method(FleetMethods.Uploads.begin.path): .unary { _, payload in
        try self.answer(payload, self.begin)
      },
      Method(FleetMethods.Uploads.put.path): .unary { _, payload in
        try self.answer(payload, self.put)
      },
      Method(FleetMethods.Uploads.commit.path): .unary { _, payload in
        try self.answer(payload, self.commit)
      },
    ]
    let server = try Server(
      handlers,
      listen: [(ListenAddress(address), .insecureLocalOnly)],
      queues: [queue]
    )
    self.server.withLock { $0 = (server, queue) }
  }

  func stop() async {
    let running = self.server.withLock { server in
      defer { server = nil }
      return server
    }
    guard let (server, queue) = running else { return }
    for stream in read({ $0.streams.values }) { stream.finish() }
    await server.shutdown(grace: .milliseconds(200))
    await queue.shutdown()
  }

  // MARK: What a test asks

  func read<Result>(_ body: (State) -> sending Result) -> sending Result {
    state.withLock { body($0) }
  }

  func change(_ body: (inout State) -> Void) {
    state.withLock { body(&$0) }
  }

  /// The last inventory.
  var targets: [TargetDescription] {
    read { state in
      for sequence in state.messages.keys.sorted().reversed() {
        if case .inventory(let inventory) = state.messages[sequence]?.body {
          return inventory.targets
        }
      }
      return []
    }
  }

  func target(_ processID: Int32, _ state: TargetState = .attached) -> TargetDescription? {
    targets.first { $0.processID == processID && $0.state == state }
  }

  func readings(of id: TargetID) -> [HeapUsage] {
    bodies.flatMap { body -> [HeapUsage] in
      guard case .readings(let readings) = body else { return [] }
      return readings.usage.filter { $0.targetID == id }.flatMap(\.readings)
    }
  }

  func collections(of id: TargetID) -> [CollectionActivity] {
    bodies.flatMap { body -> [CollectionActivity] in
      guard case .readings(let readings) = body else { return [] }
      return readings.collections.filter { $0.targetID == id }.flatMap(\.activities)
    }
  }

  /// The snapshots that an agent's schedule asked for.
  var scheduledSnapshots: [ScheduledSnapshot] {
    bodies.compactMap { if case .scheduledSnapshot(let wish) = $0 { wish } else { nil } }
  }

  func updates(of command: String) -> [CommandUpdate] {
    bodies.compactMap { body in
      guard case .commandUpdate(let update) = body, update.commandID == command else { return nil }
      return update
    }
  }

  func finalUpdate(of command: String) -> CommandUpdate? {
    updates(of: command).last { $0.state.isFinal }
  }

  private var bodies: [AgentMessage.Body] {
    read { state in state.messages.keys.sorted().compactMap { state.messages[$0]?.body } }
  }

  func send(_ command: Command) {
    let streams = read { Array($0.streams.values) }
    for stream in streams { stream.yield(.command(command)) }
  }

  /// The payloads of an upload one after the other, if all its digests agree.
  func blocks(of id: String) -> [PutBlock]? {
    read { state in
      guard let upload = state.uploads[id], let commit = upload.commit, commit.complete else {
        return nil
      }
      var hash = SHA256()
      var offset: UInt64 = 0
      for block in upload.blocks {
        let digest = SHA256.digest(of: block.payload).bytes
        guard digest == block.sha256, block.offset == offset else { return nil }
        hash.update(digest)
        offset += UInt64(block.rawSize)
      }
      let isWhole = hash.finish().bytes == commit.sha256 && offset == commit.rawSize
      return isWhole && upload.blocks.count == commit.blockCount ? upload.blocks : nil
    }
  }

  /// What was uploaded as a measurement; nil while it is not there.
  func measurement(_ id: String) throws -> FleetProtocol.Measurement? {
    guard let block = blocks(of: id)?.first else { return nil }
    var decompressor = try ZstdBlockDecompressor()
    let bytes = try decompressor.decompress(block.payload, exactSize: Int(block.rawSize))
    return try FleetProtocol.Measurement(decoding: bytes)
  }

  /// What was uploaded as a profile; nil while it is not there.
  func profile(_ id: String) throws -> SamplingProfile? {
    guard let blocks = blocks(of: id) else { return nil }
    var assembler = ProfileAssembler()
    for block in blocks {
      var decompressor = try ZstdBlockDecompressor()
      let bytes = try decompressor.decompress(block.payload, exactSize: Int(block.rawSize))
      try assembler.append(ProfilePart(decoding: bytes))
    }
    return try assembler.finish()
  }

  // MARK: Control

  private func control(_ call: ServerCall) async throws {
    guard let first = try await receive(call), case .hello(let hello) = first.body else { return }
    if let refusal = read({ $0.refusal }) {
      try await send(.refusal(Refusal(reason: refusal)), on: call)
      return
    }
    let id = UUID()
    let (outbox, continuation) = AsyncStream<CollectorMessage>.makeStream()
    let welcome = state.withLock { state in
      state.hellos.append(hello)
      state.streams[id] = continuation
      return Welcome(
        protocolMajor: FleetVersion.major,
        protocolMinor: state.protocolMinor,
        acknowledgedSequence: state.acknowledged,
        metricsIntervalMilliseconds: state.metricsInterval
      )
    }
    defer { change { $0.streams[id] = nil } }
    try await send(.welcome(welcome), on: call)
    try await withThrowingTaskGroup { group in
      group.addTask { for await message in outbox { try await self.send(message, on: call) } }
      group.addTask {
        while let message = try await self.receive(call) { self.take(message, continuation) }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func take(
    _ message: AgentMessage,
    _ outbox: AsyncStream<CollectorMessage>.Continuation
  ) {
    let acknowledged = state.withLock { state -> UInt64? in
      if state.messages.updateValue(message, forKey: message.sequence) != nil {
        state.repeatedMessages += 1
      }
      guard state.acknowledges else { return nil }
      state.acknowledged = max(state.acknowledged, message.sequence)
      return state.acknowledged
    }
    if let acknowledged {
      outbox.yield(.acknowledgement(Acknowledgement(sequence: acknowledged)))
    }
  }

  private func receive(_ call: ServerCall) async throws -> AgentMessage? {
    guard let payload = try await call.receive() else { return nil }
    return try AgentMessage(decoding: payload.copyBytes())
  }

  private func send(_ message: CollectorMessage, on call: ServerCall) async throws {
    try await call.send(Payload(message.encoded()))
  }

  // MARK: Uploads

  private func answer<Message: FleetMessage>(
    _ payload: borrowing Payload,
    _ take: (Message) throws -> UploadPosition
  ) throws -> Payload {
    Payload(try take(Message(decoding: payload.copyBytes())).encoded())
  }

  private func begin(_ message: BeginUpload) -> UploadPosition {
    state.withLock { state in
      if state.uploads[message.uploadID] == nil {
        state.uploads[message.uploadID] = Upload(begin: message)
      }
      return position(of: message.uploadID, &state, accepted: true)
    }
  }

  private func put(_ block: PutBlock) throws -> UploadPosition {
    let (position, isLost) = try state.withLock { state -> (UploadPosition, Bool) in
      if let error = state.putError { throw error }
      guard let upload = state.uploads[block.uploadID] else {
        throw RPCError(.notFound, "begin first")
      }
      if block.index == upload.blocks.count && upload.commit == nil {
        state.uploads[block.uploadID]?.blocks.append(block)
      } else if block.index < upload.blocks.count {
        state.repeatedBlocks += 1
      }
      let isLost = state.lostAnswers > 0
      if isLost { state.lostAnswers -= 1 }
      let isIn = block.index < (state.uploads[block.uploadID]?.blocks.count ?? 0)
      return (self.position(of: block.uploadID, &state, accepted: isIn), isLost)
    }
    if isLost { throw RPCError(.unavailable, "the connection was lost") }
    return position
  }

  private func commit(_ message: CommitUpload) -> UploadPosition {
    state.withLock { state in
      guard let upload = state.uploads[message.uploadID] else { return UploadPosition() }
      if upload.commit == nil && Int(message.blockCount) == upload.blocks.count {
        state.uploads[message.uploadID]?.commit = message
      }
      return position(of: message.uploadID, &state, accepted: true)
    }
  }

  private func position(
    of id: String,
    _ state: inout State,
    accepted: Bool
  ) -> UploadPosition {
    let upload = state.uploads[id]
    return UploadPosition(
      nextIndex: UInt32(upload?.blocks.count ?? 0),
      nextOffset: upload?.blocks.reduce(0) { $0 + UInt64($1.rawSize) } ?? 0,
      committed: upload?.commit != nil,
      accepted: accepted
    )
  }
}

/// Waits until something is there; nil if it does not come in time.
func eventually<Value>(
  within limit: Duration = .seconds(30),
  _ ask: () async throws -> Value?
) async throws -> Value? {
  let end = ContinuousClock.now + limit
  while true {
    if let value = try await ask() { return value }
    guard ContinuousClock.now < end else { return nil }
    try await Task.sleep(for: .milliseconds(20))
  }
}

func isEventuallyTrue(
  within limit: Duration = .seconds(30),
  _ ask: () async throws -> Bool
) async throws -> Bool {
  try await eventually(within: limit) { try await ask() ? true : nil } ?? false
}
