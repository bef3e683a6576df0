internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel
package import Log
package import Store

/// Works the jobs of analysis: each snapshot once, each set of snapshots of a target once.
///
/// A job is written down when its snapshot is committed, claimed for a minute at a time, and done
/// when its result is in the store: a collector that ends in between does it again.
package final class AnalysisService: Sendable {
  enum JobKind {
    static let analysis = "analysis"
    static let examination = "examination"
  }

  private static let lease = minute
  /// A heap that nobody asks for is kept so long.
  private static let heapsKept = 10 * minute
  /// A job that cannot be done now is tried again after so long.
  private static let retryAfter = 10 * second

  /// How many classes of each snapshot are kept for comparisons of the fleet.
  private static let classesKept = 2_000

  private let metadata: any MetadataStore
  private let jobs: any JobQueue
  private let series: any SeriesStore
  private let blobs: any BlobStore
  private let library: HeapLibrary
  private let feeder: SnapshotFeeder
  private let examiner: LeakExaminer
  private let clock: any CollectorClock
  private let log: Logger
  private let workerCount: Int
  private let owner = Identifier.make()
  private let wake = Mailbox<Int, Int>()
  /// Told whenever a result is there: `analysis/…` and `examination/…`.
  let results = Announcements()

  package init(
    metadata: any MetadataStore,
    jobs: any JobQueue,
    series: any SeriesStore,
    blobs: any BlobStore,
    memoryLimit: UInt64,
    workerCount: Int = 1,
    clock: any CollectorClock,
    log: Logger
  ) {
    self.metadata = metadata
    self.jobs = jobs
    self.series = series
    self.blobs = blobs
    self.clock = clock
    self.log = log
    self.workerCount = max(1, workerCount)
    let memory = HeapMemory(limit: memoryLimit)
    // What one heap leaves, graph and passes, serves the next.
    let pool = MemoryPool(idleByteLimit: 256 << 20)
    let feeder = SnapshotFeeder(blobs: blobs, memory: memory, pool: pool, clock: clock, log: log)
    let library = HeapLibrary(
      metadata: metadata,
      blobs: blobs,
      memory: memory,
      pool: pool,
      feeder: feeder,
      clock: clock,
      workerCount: workerCount
    )
    // Heaps that are kept in case go first, then graphs of uploads that stall.
    memory.addGiver { await library.dropOne() }
    memory.addGiver { await feeder.dropIdle() }
    self.feeder = feeder
    self.library = library
    examiner = LeakExaminer(metadata: metadata, library: library, clock: clock)
  }

  // MARK: - What arrives

  package func stored(_ block: BlockRecord, payload: [UInt8], of upload: UploadRecord) async {
    guard upload.kind == .snapshot else { return }
    await feeder.stored(block, payload: payload, of: upload.id)
  }

  package func ended(_ upload: UploadRecord) async {
    guard upload.kind == .snapshot else { return }
    guard upload.state == .complete else { return await feeder.drop(upload.id) }
    do {
      try await enqueueAnalysis(of: upload.id)
    } catch {
      // Found again by `restore`, and by whoever asks for the analysis.
      log.warning(
        "an analysis is not enqueued",
        ["snapshot": upload.id, "error": LoggedError(error)]
      )
    }
  }

  /// Enqueues what an earlier collector left undone: a commit and its job are two changes.
  package func restore() async throws(StoreError) {
    var cursor: UploadCursor?
    while true {
      let page = try await metadata.uploads(
        UploadFilter(kind: .snapshot, states: [.complete]),
        before: cursor,
        limit: 512
      )
      for found in page where found.analysis?.version != AnalysisPages.version {
        // What was analysed before can wait for what was not.
        let priority = found.analysis == nil ? 1 : 0
        try await enqueueAnalysis(of: found.upload.id, priority: priority)
      }
      guard page.count == 512, let last = page.last?.upload else { return }
      cursor = UploadCursor(receivedAt: last.receivedAt, id: last.id)
    }
  }

  func enqueueAnalysis(of snapshotID: String, priority: Int = 1) async throws(StoreError) {
    let job = NewJob(
      key: "\(JobKind.analysis)/\(snapshotID)",
      kind: JobKind.analysis,
      payload: Array(snapshotID.utf8),
      priority: priority
    )
    _ = try await jobs.enqueue(job, now: clock.now())
    wake.put(0, for: 0)
  }

  /// Makes an answer again whose pages were found damaged.
  func repeatAnalysis(of snapshotID: String) async throws(StoreError) {
    try await metadata.saveAnalysis(
      AnalysisRecord(snapshotID: snapshotID, state: .waiting, version: AnalysisPages.version)
    )
    try await enqueueAnalysis(of: snapshotID)
  }

  func enqueueExamination(_ question: LeakQuestion) async throws(StoreError) {
    let job = NewJob(key: question.key, kind: JobKind.examination, payload: question.payload)
    _ = try await jobs.enqueue(job, now: clock.now())
    wake.put(0, for: 0)
  }

  // MARK: - Heaps for questions

  /// - Throws: `QueryError` where it cannot be had: too large, damaged, or its store fails.
  func heap(of upload: UploadRecord) async throws -> HeapLibrary.Held {
    try await answering { try await library.heap(of: upload) }
  }

  /// - Throws: as `heap(of:)`; also where they do not fit into memory together.
  func heaps(of uploads: [UploadRecord]) async throws -> [HeapLibrary.Held] {
    try await answering { try await library.heaps(of: uploads) }
  }

  private func answering<Value: Sendable>(
    _ body: () async throws -> Value
  ) async throws -> Value {
    do {
      return try await body()
    } catch let error as StoreError {
      throw QueryError(error)
    } catch let error as HeapMemory.TooLarge {
      throw QueryError(.notPossible, error.description)
    } catch let error as SnapshotError {
      throw QueryError(.notPossible, error.description)
    } catch let error as AnalysisError {
      throw QueryError(.notPossible, error.description)
    }
  }

  // MARK: - Working

  /// Works until the task is cancelled.
  package func run() async {
    await withTaskGroup { group in
      for _ in 0..<workerCount {
        group.addTask { await self.work() }
      }
      group.addTask { await self.letGo() }
    }
  }

  /// Gives memory back that was held for questions which did not come.
  private func letGo() async {
    while Task.isCancelled == false {
      try? await clock.sleep(until: clock.now() + minute)
      let now = clock.now()
      await library.dropUnused(since: now > Self.heapsKept ? now - Self.heapsKept : 0)
    }
  }

  private func work() async {
    while Task.isCancelled == false {
      do {
        let now = clock.now()
        let job = try await jobs.claim(
          kinds: [JobKind.analysis, JobKind.examination],
          owner: owner,
          now: now,
          leaseUntil: now + Self.lease
        )
        if let job {
          try await perform(job)
        } else {
          await waitForJob()
        }
      } catch {
        log.warning("jobs cannot be claimed", ["error": LoggedError(error)])
        try? await clock.sleep(until: clock.now() + second)
      }
    }
  }

  /// Until a job is added, or another worker's claim may have run out.
  private func waitForJob() async {
    let (wake, clock) = (wake, clock)
    await withTaskGroup { group in
      group.addTask { _ = await wake.next() }
      group.addTask { try? await clock.sleep(until: clock.now() + 5 * second) }
      await group.next()
      group.cancelAll()
    }
  }

  private func perform(_ job: ClaimedJob) async throws {
    let (jobs, clock) = (jobs, clock)
    let keepAlive = Task {
      while true {
        try await clock.sleep(until: clock.now() + Self.lease / 4)
        _ = try await jobs.extend(job, until: clock.now() + Self.lease)
      }
    }
    defer { keepAlive.cancel() }
    do {
      switch job.kind {
      case JobKind.analysis: try await analyze(String(decoding: job.payload, as: UTF8.self))
      default: try await examine(job)
      }
      _ = try await jobs.finish(job, now: clock.now())
    } catch is CancellationError {
      // The next collector does it.
      return
    } catch {
      let isTransient =
        error is StoreError || (error as? SnapshotError)?.code == .unreadable
      log.warning(
        "a job failed",
        ["job": job.key, "attempt": job.attempt, "error": LoggedError(error)]
      )
      _ = try await jobs.fail(
        job,
        reason: "\(error)",
        retryAt: isTransient ? clock.now() + Self.retryAfter : nil,
        now: clock.now()
      )
    }
    results.announce(job.key)
  }

  // MARK: - Analysis

  private func analyze(_ snapshotID: String) async throws {
    guard let upload = try await metadata.upload(snapshotID), upload.state == .complete else {
      return
    }
    let known = try await metadata.analysis(of: snapshotID)
    if let known, known.version == AnalysisPages.version, known.state != .waiting { return }
    do {
      let held = try await library.heap(of: upload)
      try await save(held, of: upload)
    } catch let error as StoreError where error.code != .damaged && error.code != .missing {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch let error as SnapshotError where error.code == .unreadable {
      // Others have the memory now.
      throw error
    } catch {
      // The snapshot is what it is: said once, and not tried again.
      let failed = AnalysisRecord(
        snapshotID: snapshotID,
        state: .failed,
        reason: "\(error)",
        version: AnalysisPages.version
      )
      try await metadata.saveAnalysis(failed)
      log.warning("a snapshot cannot be analysed", ["snapshot": snapshotID, "reason": "\(error)"])
    }
    try await enqueueExaminations(after: upload)
  }

  private func save(_ held: HeapLibrary.Held, of upload: UploadRecord) async throws {
    let found = UploadOfTarget(upload: upload, target: nil, analysis: nil)
    var pages: [[UInt8]] = AnalysisPages.make(of: held.heap, for: SnapshotRow(found))
    var record = AnalysisRecord(
      snapshotID: upload.id,
      state: .done,
      version: AnalysisPages.version,
      totalSelfSize: held.heap.totalSelfSize,
      blocksBeforeLast: held.blocksBeforeLast
    )
    for page in pages { record.pages.append(try await blobs.put(page)) }
    pages = []
    let now = clock.now()
    record.readyAfterMicroseconds = now > upload.touchedAt ? (now - upload.touchedAt) / 1_000 : 0
    try await metadata.saveAnalysis(record)
    results.announce("\(JobKind.analysis)/\(upload.id)")
    try await series.saveHistogram(
      ClassHistogramRecord(ClassHistogram(held.heap, limit: Self.classesKept)),
      of: upload.id
    )
    log.info(
      "analysed",
      [
        "snapshot": upload.id, "nodes": held.heap.graph.nodeCount,
        "micros": record.readyAfterMicroseconds,
      ]
    )
  }

  // MARK: - Examination

  /// With its third snapshot a series can tell what grows; each further one tells it better.
  private func enqueueExaminations(after upload: UploadRecord) async throws(StoreError) {
    guard upload.series.isEmpty == false else { return }
    let question = try await LeakQuestion.ofSeries(
      upload.series,
      on: upload.targetID,
      in: metadata
    )
    if let question { try await enqueueExamination(question) }
  }

  private func examine(_ job: ClaimedJob) async throws {
    guard let question = LeakQuestion(payload: job.payload) else { return }
    try await examiner.examine(question)
  }
}

extension ClassHistogramRecord {
  init(_ histogram: ClassHistogram) {
    self.init(
      rows: histogram.entries.map { ClassHistogramRow($0) },
      omission: histogram.omission.map {
        Omission(
          classCount: UInt64(clamping: $0.classCount),
          largestCount: UInt64(clamping: $0.largestCount),
          largestRetainedSize: $0.largestRetainedSize
        )
      },
      leastShapeCount: UInt64(clamping: histogram.leastShapeCount)
    )
  }
}

extension ClassHistogramRow {
  init(_ entry: ClassHistogram.Entry) {
    self.init(
      key: entry.key,
      name: entry.name,
      count: UInt64(entry.count),
      selfSize: entry.selfSize,
      retainedSize: entry.retainedSize
    )
  }
}
