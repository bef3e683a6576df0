internal import FleetProtocol
internal import GRPCTransport
internal import HeapModel
internal import Log
internal import Store

/// The parts of a collector and how they hang together.
///
/// What agents send goes through `control` and `uploads` into the store; what has become durable
/// is told to `acts`, for whoever waits, and to analysis.
struct CollectorParts: Sendable {
  let store: EmbeddedStore
  private let configuration: CollectorConfiguration
  private let clock: any CollectorClock
  private let log: Logger
  private let acts: ActCoordinator
  private let streams: AgentStreams
  private let control: ControlService
  private let uploads: UploadService
  private let analysis: AnalysisService
  private let queries: QueryService

  init(
    _ store: EmbeddedStore,
    _ configuration: CollectorConfiguration,
    clock: any CollectorClock = SystemClock(),
    log: Logger
  ) {
    self.store = store
    self.configuration = configuration
    self.clock = clock
    self.log = log
    let news = UploadNews()
    let uploads = UploadService(
      metadata: store.metadata,
      blobs: store.blobs,
      clock: clock,
      room: DiskGauge(limit: configuration.diskLimit) { try store.diskSpace() },
      inspect: UploadInspection.check,
      observer: news
    )
    let acts = ActCoordinator(metadata: store.metadata, clock: clock, log: log) {
      act,
      state,
      reason in
      try await uploads.end(act, as: state, reason: reason)
    }
    let analysis = AnalysisService(
      metadata: store.metadata,
      jobs: store.jobs,
      series: store.series,
      blobs: store.blobs,
      memoryLimit: configuration.analysisMemory ?? PhysicalMemory.half,
      workerCount: configuration.analysisCount,
      clock: clock,
      log: log
    )
    news.connect(acts, analysis)
    let streams = AgentStreams()
    self.uploads = uploads
    self.acts = acts
    self.analysis = analysis
    self.streams = streams
    control = ControlService(
      metadata: store.metadata,
      series: store.series,
      acts: acts,
      streams: streams,
      clock: clock,
      log: log,
      maximumAgents: configuration.maximumAgents
    )
    queries = QueryService(
      metadata: store.metadata,
      series: store.series,
      blobs: store.blobs,
      acts: acts,
      analysis: analysis,
      clock: clock,
      log: log,
      version: configuration.version,
      space: { try? store.diskSpace() }
    )
  }

  /// Takes up what an earlier process left.
  func restore() async throws {
    try await acts.restore()
    try await analysis.restore()
  }

  /// Everything that goes by time, until the task is cancelled.
  func runInBackground() async {
    await withTaskGroup { group in
      group.addTask { await acts.run() }
      group.addTask { await analysis.run() }
      group.addTask {
        await Housekeeping(store, uploads, configuration, clock: clock, log: log).run()
      }
    }
  }

  func endStreams() async {
    await streams.evictAll()
  }

  var handlers: [Method: Handler] {
    let all = [
      Handlers.conversation(FleetMethods.Agents.control) { try await control.serve($0) },
      Handlers.unary(FleetMethods.Uploads.begin) { try await uploads.begin($0) },
      Handlers.unary(FleetMethods.Uploads.put) { try await uploads.put($0) },
      Handlers.unary(FleetMethods.Uploads.commit) { try await uploads.commit($0) },
      Handlers.unary(FleetMethods.Queries.status) { try await queries.status($0) },
      Handlers.unary(FleetMethods.Queries.listTargets) { try await queries.listTargets($0) },
      Handlers.unary(FleetMethods.Queries.readSeries) { try await queries.readSeries($0) },
      Handlers.unary(FleetMethods.Queries.listSnapshots) { try await queries.listSnapshots($0) },
      Handlers.stream(FleetMethods.Queries.capture) { try await queries.capture($0, by: $1, $2) },
      Handlers.stream(FleetMethods.Queries.collect) { try await queries.collect($0, by: $1, $2) },
      Handlers.stream(FleetMethods.Queries.sampleWindow) {
        try await queries.sampleWindow($0, by: $1, $2)
      },
      Handlers.stream(FleetMethods.Queries.readProfile) { request, _, send in
        try await queries.readProfile(request, send)
      },
      Handlers.stream(FleetMethods.Queries.measure) { try await queries.measure($0, by: $1, $2) },
      Handlers.unary(FleetMethods.Queries.readMeasurement) {
        try await queries.readMeasurement($0)
      },
      Handlers.stream(FleetMethods.Queries.readBlocks) {
        try await queries.readBlocks($0, by: $1, $2)
      },
      Handlers.unary(FleetMethods.Queries.readAnalysis) { try await queries.readAnalysis($0) },
      Handlers.unary(FleetMethods.Queries.findObjects) { try await queries.findObjects($0) },
      Handlers.unary(FleetMethods.Queries.findPaths) { try await queries.findPaths($0) },
      Handlers.unary(FleetMethods.Queries.findLeaks) { try await queries.findLeaks($0) },
      Handlers.unary(FleetMethods.Queries.compare) { try await queries.compare($0) },
      Handlers.unary(FleetMethods.Queries.compareFleet) { try await queries.compareFleet($0) },
    ]
    return all.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
  }
}

/// Tells what has become durable to those who wait for it, who in turn need the uploads themselves.
private final class UploadNews: UploadObserver {
  private let readers = Once<(acts: ActCoordinator, analysis: AnalysisService)>()

  func connect(_ acts: ActCoordinator, _ analysis: AnalysisService) {
    readers.set((acts, analysis))
  }

  func stored(_ block: BlockRecord, payload: [UInt8], of upload: UploadRecord) async {
    await readers.value?.analysis.stored(block, payload: payload, of: upload)
    await readers.value?.acts.uploadAdvanced(upload.id)
  }

  func ended(_ upload: UploadRecord) async {
    await readers.value?.analysis.ended(upload)
    await readers.value?.acts.uploadEnded(upload)
  }
}
