import Collector
import Compression
import Cryptography
import FleetProtocol
import HeapModel
import Log
import Store
import Synchronization

/// A collector's parts without sockets, on stores in memory and a clock that is moved by hand.
struct Fixture {
  let clock = ManualClock()
  let metadata = InMemoryMetadataStore()
  let series = InMemorySeriesStore()
  let blobs = InMemoryBlobStore()
  let jobs = InMemoryJobQueue()
  let room = Room()
  let told = Told()
  let log = Logger(level: .error)
  let uploads: UploadService
  let acts: ActCoordinator
  let streams = AgentStreams()
  let control: ControlService
  let analysis: AnalysisService
  let queries: QueryService

  init() {
    let told = told
    let uploads = UploadService(
      metadata: metadata,
      blobs: blobs,
      clock: clock,
      room: room,
      inspect: UploadInspection.check,
      observer: told
    )
    acts = ActCoordinator(metadata: metadata, clock: clock, log: log) { act, state, reason in
      try await uploads.end(act, as: state, reason: reason)
    }
    self.uploads = uploads
    analysis = AnalysisService(
      metadata: metadata,
      jobs: jobs,
      series: series,
      blobs: blobs,
      memoryLimit: 1 << 30,
      clock: clock,
      log: log
    )
    told.acts.withLock { [acts] in $0 = acts }
    told.analysis.withLock { [analysis] in $0 = analysis }
    control = ControlService(
      metadata: metadata,
      series: series,
      acts: acts,
      streams: streams,
      clock: clock,
      log: log,
      maximumAgents: 3
    )
    queries = QueryService(
      metadata: metadata,
      series: series,
      blobs: blobs,
      acts: acts,
      analysis: analysis,
      clock: clock,
      log: log,
      version: "test",
      space: { DiskSpace(totalBytes: 100, freeBytes: 50) }
    )
  }

  /// The analysis of another collector on the same stores.
  func another(
    jobs: (any JobQueue)? = nil,
    memoryLimit: UInt64 = 1 << 30
  ) -> (AnalysisService, QueryService) {
    let analysis = AnalysisService(
      metadata: metadata,
      jobs: jobs ?? self.jobs,
      series: series,
      blobs: blobs,
      memoryLimit: memoryLimit,
      clock: clock,
      log: log
    )
    let queries = QueryService(
      metadata: metadata,
      series: series,
      blobs: blobs,
      acts: acts,
      analysis: analysis,
      clock: clock,
      log: log,
      version: "test",
      space: { DiskSpace(totalBytes: 100, freeBytes: 50) }
    )
    return (analysis, queries)
  }

  static let agent = String(repeating: "a", count: 32)

  static func target(
    _ number: UInt64,
    service: String = "checkout",
    version: String = "1.4.2",
    state: TargetState = .attached
  ) -> TargetDescription {
    TargetDescription(
      id: TargetID(high: 7, low: number),
      labels: TargetLabels(service: service, version: version, instance: "i\(number)"),
      runtime: .node,
      runtimeVersion: "v24",
      processID: Int32(number),
      bootID: "boot",
      hostName: "host",
      title: "server.js",
      state: state,
      capabilities: [.snapshot, .sampling, .forcedCollection, .liveUsage],
      startedAt: 0
    )
  }

  static func begin(
    _ uploadID: String,
    kind: BeginUpload.Kind = .snapshot,
    target: UInt64 = 1
  ) -> BeginUpload {
    BeginUpload(
      uploadID: uploadID,
      kind: kind,
      agentID: agent,
      targetID: TargetID(high: 7, low: target),
      commandID: String(repeating: "c", count: 32),
      startedAt: 5,
      format: "v8"
    )
  }

  /// A block of `size` bytes, compressed as agents do.
  static func block(
    _ uploadID: String,
    _ index: UInt32,
    at offset: UInt64,
    _ raw: [UInt8]
  ) throws -> PutBlock {
    var compressor = try ZstdBlockCompressor()
    let payload = try compressor.compress(raw)
    return PutBlock(
      uploadID: uploadID,
      index: index,
      offset: offset,
      rawSize: UInt32(raw.count),
      kind: 1,
      sha256: SHA256.digest(of: payload).bytes,
      payload: payload
    )
  }

  static func commit(
    _ uploadID: String,
    _ blocks: [PutBlock],
    complete: Bool = true
  ) -> CommitUpload {
    var hash = SHA256()
    for block in blocks { hash.update(block.sha256) }
    return CommitUpload(
      uploadID: uploadID,
      blockCount: UInt32(blocks.count),
      rawSize: blocks.reduce(0) { $0 + UInt64($1.rawSize) },
      sha256: hash.finish().bytes,
      complete: complete,
      reason: complete ? "" : "target_gone"
    )
  }
}

/// Room that a test takes away.
final class Room: RoomGauge {
  let refusesNew = Mutex(false)

  func refusal(ofNewUpload isNew: Bool) -> String? {
    isNew && refusesNew.withLock { $0 } ? "no room" : nil
  }
}

/// What the upload service told.
final class Told: UploadObserver {
  let stored = Mutex<[UInt32]>([])
  let ended = Mutex<[UploadRecord]>([])
  let acts = Mutex<ActCoordinator?>(nil)
  let analysis = Mutex<AnalysisService?>(nil)

  func stored(_ block: BlockRecord, payload: [UInt8], of upload: UploadRecord) async {
    await analysis.withLock { $0 }?.stored(block, payload: payload, of: upload)
    stored.withLock { $0.append(block.index) }
    await acts.withLock { $0 }?.uploadAdvanced(upload.id)
  }

  func ended(_ upload: UploadRecord) async {
    ended.withLock { $0.append(upload) }
    await analysis.withLock { $0 }?.ended(upload)
    await acts.withLock { $0 }?.uploadEnded(upload)
  }
}

/// An agent's side of a control stream.
final class ScriptedStream: ControlStream {
  let toCollector = Mailbox<Int, AgentMessage>()
  let fromCollector = Mailbox<Int, CollectorMessage>()
  private let counter = Mutex(0)

  private var next: Int {
    counter.withLock { count in
      count += 1
      return count
    }
  }

  func receive() async throws -> AgentMessage? {
    let message = await toCollector.next()
    try Task.checkCancellation()
    return message
  }

  func send(_ message: CollectorMessage) async throws {
    fromCollector.put(message, for: next)
  }

  /// Says something as the agent.
  func say(_ sequence: UInt64 = 0, _ body: AgentMessage.Body?) {
    toCollector.put(AgentMessage(sequence: sequence, body: body), for: next)
  }

  func hello(running: [String] = [], finished: [String] = [], major: UInt32 = FleetVersion.major) {
    say(
      0,
      .hello(
        Hello(
          protocolMajor: major,
          agentID: Fixture.agent,
          agentVersion: "0.1",
          hostName: "host",
          bootID: "boot",
          runningCommands: running,
          finishedCommands: finished
        )
      )
    )
  }

  /// What the collector says next, for ten seconds at most.
  func heard() async -> CollectorMessage? {
    await withTaskGroup { group in
      group.addTask { await self.fromCollector.next() }
      group.addTask {
        try? await Task.sleep(for: .seconds(10))
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  /// The next command, past acknowledgements.
  func heardCommand() async -> Command? {
    while let message = await heard() {
      if case .command(let command) = message { return command }
    }
    return nil
  }
}
