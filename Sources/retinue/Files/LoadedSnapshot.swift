internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel
internal import SnapshotFormats

/// A snapshot that was read and analysed here, from a file or out of the collector's blocks.
struct LoadedSnapshot {
  let heap: AnalyzedHeap

  /// Reads a file, whatever its engine and packing, and analyses it.
  ///
  /// - Parameter mayBePartial: whether a file that breaks off is analysed as far as it is there.
  /// - Throws: `ClientError` with the path and what is wrong with the file.
  init(
    _ path: String,
    analyzer: HeapAnalyzer = HeapAnalyzer(),
    mayBePartial: Bool = false,
    progress: ProgressLine
  ) throws(ClientError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    func show(done: UInt64, total: UInt64) {
      progress.show("\(name): reading, \(done * 100 / max(total, 1)) %")
    }
    do {
      let builder = HeapGraphBuilder(memory: analyzer.pool)
      let graph: HeapGraph
      if mayBePartial {
        let extent = try SnapshotFile(path).readWhatIsThere(into: builder, progress: show)
        graph = try builder.makePartialGraph(after: extent.failure, end: extent.byteCount)
      } else {
        try SnapshotFile(path).read(into: builder, progress: show)
        graph = try builder.makeGraph()
      }
      heap = try Self.analyze(graph, name, analyzer, progress)
    } catch {
      progress.clear()
      throw ClientError("\(path): \(error)")
    }
  }

  /// Fetches a snapshot of the collector's and analyses it.
  init(
    _ id: String,
    _ client: CollectorClient,
    analyzer: HeapAnalyzer,
    progress: ProgressLine
  ) async throws {
    let builder = HeapGraphBuilder(memory: analyzer.pool)
    let id = try await client.snapshotID(beginningWith: id)
    try await client.readSnapshot(id, into: builder) { bytes in
      progress.show("\(ShortID.text(id)): fetching, \(HumanText.bytes(bytes))")
    }
    heap = try Self.analyze(builder.makeGraph(), ShortID.text(id), analyzer, progress)
  }

  private static func analyze(
    _ graph: HeapGraph,
    _ name: String,
    _ analyzer: HeapAnalyzer,
    _ progress: ProgressLine
  ) throws -> AnalyzedHeap {
    try analyzer.analyze(graph) { phase in
      progress.show("\(name): analysing, \(phase.rawValue)")
    }
  }
}
