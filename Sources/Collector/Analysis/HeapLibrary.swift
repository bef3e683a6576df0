internal import HeapAnalysis
internal import HeapModel
internal import SnapshotColumns
internal import Store

/// Heaps that are analysed, kept as long as memory allows, and built again from their blocks when
/// they are asked for later.
actor HeapLibrary {
  /// An analysed heap and the room it takes.
  struct Held: Sendable {
    var heap: AnalyzedHeap
    var memory: HeapMemory.Share
    /// How many blocks were decoded when the last one came; zero for one built from the store.
    var blocksBeforeLast: UInt32 = 0
  }

  private let metadata: any MetadataStore
  private let blobs: any BlobStore
  private let memory: HeapMemory
  private let feeder: SnapshotFeeder
  private let clock: any CollectorClock
  /// One analysis at a time for each; memory is used again from one to the next.
  private let workers: [BlockingWork]
  private let analyzer: HeapAnalyzer
  private var nextWorker = 0
  /// Whoever waits for memory holds some already, so one at a time does, and gets it.
  private let memoryGate = AsyncGate()
  private let setGate = AsyncGate()

  private var kept: [String: Held] = [:]
  /// Their ids, the longest unused first, and when each was used last.
  private var order: [String] = []
  private var usedAt: [String: UnixNanoseconds] = [:]
  private var loading: [String: Task<Held, any Error>] = [:]

  init(
    metadata: any MetadataStore,
    blobs: any BlobStore,
    memory: HeapMemory,
    pool: MemoryPool,
    feeder: SnapshotFeeder,
    clock: any CollectorClock,
    workerCount: Int
  ) {
    self.metadata = metadata
    self.blobs = blobs
    self.memory = memory
    analyzer = HeapAnalyzer(pool: pool)
    self.feeder = feeder
    self.clock = clock
    workers = (0..<max(1, workerCount)).map { BlockingWork(label: "collector.analysis.\($0)") }
  }

  /// The heap of a complete snapshot.
  ///
  /// - Throws: `SnapshotError`, `AnalysisError`, `HeapMemory.TooLarge` for one that cannot be
  ///   analysed, `StoreError` for one that cannot be read now.
  func heap(of upload: UploadRecord) async throws -> Held {
    if let held = kept[upload.id] {
      use(upload.id)
      return held
    }
    if let running = loading[upload.id] { return try await running.value }
    let task = Task { try await load(upload) }
    loading[upload.id] = task
    defer { loading[upload.id] = nil }
    let held = try await task.value
    kept[upload.id] = held
    use(upload.id)
    return held
  }

  /// Several heaps at once, for a comparison.
  ///
  /// - Throws: as `heap(of:)`; `HeapMemory.TooLarge` where they do not fit together.
  func heaps(of uploads: [UploadRecord]) async throws -> [Held] {
    let together = uploads.map(\.analysedCost).reduce(0) { $0 &+ min($1, 1 << 50) }
    let last = uploads.map(\.analysisCost).max() ?? 0
    guard together <= memory.limit, last <= memory.limit - together else {
      throw HeapMemory.TooLarge(
        description: "\(uploads.count) heaps together need about \((together &+ last) >> 20) MiB, "
          + "and \(memory.limit >> 20) MiB are allowed (--analysis-memory)"
      )
    }
    await setGate.enter()
    do {
      var held: [Held] = []
      for upload in uploads { held.append(try await heap(of: upload)) }
      await setGate.leave()
      return held
    } catch {
      await setGate.leave()
      throw error
    }
  }

  /// Gives up the heap that was not used for the longest time.
  ///
  /// - Returns: whether there was one.
  func dropOne() -> Bool {
    guard order.isEmpty == false else { return false }
    let id = order.removeFirst()
    kept[id] = nil
    usedAt[id] = nil
    return true
  }

  /// Gives up the heaps that nobody asked for since a time.
  func dropUnused(since time: UnixNanoseconds) {
    while let id = order.first, usedAt[id, default: 0] < time { _ = dropOne() }
  }

  private func use(_ id: String) {
    order.removeAll { $0 == id }
    order.append(id)
    usedAt[id] = clock.now()
  }

  private func load(_ upload: UploadRecord) async throws -> Held {
    let prepared = try await prepare(upload)
    let worker = workers[nextWorker % workers.count]
    nextWorker += 1
    let analyzer = analyzer
    let graph = prepared.graph
    let heap = try await worker.run { try analyzer.analyze(graph) }
    // What the analysis took only while it ran goes back here.
    withExtendedLifetime(prepared.rest) {}
    _ = prepared.memory.grow(to: graph.analysedCost)
    return Held(
      heap: heap,
      memory: prepared.memory,
      blocksBeforeLast: prepared.blocksBeforeLast
    )
  }

  /// A graph, with room for its analysis.
  private struct Prepared {
    var graph: HeapGraph
    var memory: HeapMemory.Share
    var rest: HeapMemory.Share
    var blocksBeforeLast: UInt32
  }

  private func prepare(_ upload: UploadRecord) async throws -> Prepared {
    await memoryGate.enter()
    do {
      let prepared = try await prepareAlone(upload)
      await memoryGate.leave()
      return prepared
    } catch {
      await memoryGate.leave()
      throw error
    }
  }

  private func prepareAlone(_ upload: UploadRecord) async throws -> Prepared {
    let fed = try await feeder.take(upload.id, blockCount: upload.blockCount)
    let (graph, share): (HeapGraph, HeapMemory.Share)
    if let fed {
      (graph, share) = (fed.graph, fed.memory)
    } else {
      (graph, share) = try await build(upload)
    }
    let needed = graph.analysisCost
    guard needed <= memory.limit else {
      throw HeapMemory.TooLarge(needed, of: memory)
    }
    let rest = try await memory.share(needed - min(needed, share.byteCount))
    return Prepared(
      graph: graph,
      memory: share,
      rest: rest,
      blocksBeforeLast: fed?.blocksBeforeLast ?? 0
    )
  }

  /// Builds a graph from stored blocks.
  private func build(_ upload: UploadRecord) async throws -> (HeapGraph, HeapMemory.Share) {
    // By the counts that the agent said at the end; what really comes is metered while reading.
    guard upload.analysisCost <= memory.limit else {
      throw HeapMemory.TooLarge(upload.analysisCost, of: memory)
    }
    let share = try await memory.share(upload.graphCost)
    let assembly = try GraphAssembly(memory: share, pool: analyzer.pool)
    let worker = workers[nextWorker % workers.count]
    while assembly.blockCount < upload.blockCount {
      let records = try await metadata.blocks(of: upload.id, from: assembly.blockCount, limit: 16)
      guard records.isEmpty == false else {
        throw SnapshotError(
          .truncated,
          "\(assembly.blockCount) of \(upload.blockCount) blocks are there"
        )
      }
      var blocks: [EncodedBlock] = []
      for record in records {
        blocks.append(EncodedBlock(record, try await blobs.get(record.blob)))
      }
      try await worker.run { [blocks] in
        for block in blocks { try assembly.consume(block) }
      }
    }
    let graph = try await worker.run { try assembly.finish() }
    return (graph, share)
  }
}

extension UploadRecord {
  /// About its texts: an eighth of an engine's text is strings as a rule, and more is asked for as it
  /// comes.
  private var textCost: UInt64 { textBytes / 8 }

  fileprivate var graphCost: UInt64 {
    HeapCost.graph(nodes: nodeCount, edges: edgeCount, textBytes: textCost)
  }

  fileprivate var analysisCost: UInt64 {
    HeapCost.analysis(nodes: nodeCount, edges: edgeCount, textBytes: textCost)
  }

  fileprivate var analysedCost: UInt64 {
    HeapCost.analysed(nodes: nodeCount, edges: edgeCount, textBytes: textCost)
  }
}

extension HeapGraph {
  private var textCost: UInt64 { UInt64(names.bytes.count) + UInt64(names.count) * 8 }

  fileprivate var analysisCost: UInt64 {
    HeapCost.analysis(
      nodes: UInt64(nodeCount),
      edges: UInt64(edgeCount),
      textBytes: textCost
    )
  }

  fileprivate var analysedCost: UInt64 {
    HeapCost.analysed(
      nodes: UInt64(nodeCount),
      edges: UInt64(edgeCount),
      textBytes: textCost
    )
  }
}
