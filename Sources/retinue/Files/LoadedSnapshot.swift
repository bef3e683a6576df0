internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel

/// A snapshot that was read and analysed here, from a file or out of the collector's blocks.
struct LoadedSnapshot {
  let heap: AnalyzedHeap

  /// Reads a file, whatever its engine and packing, and analyses it.
  ///
  /// - Throws: `ClientError` with the path and what is wrong with the file.
  init(
    _ path: String,
    analyzer: HeapAnalyzer = HeapAnalyzer(),
    progress: ProgressLine
  ) throws(ClientError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    do {
      let builder = HeapGraphBuilder()
      try SnapshotFile(path).read(into: builder) { done, total in
        progress.show("\(name): reading, \(done * 100 / max(total, 1)) %")
      }
      heap = try Self.analyze(builder, name, analyzer, progress)
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
    let builder = HeapGraphBuilder()
    let id = try await client.snapshotID(beginningWith: id)
    try await client.readSnapshot(id, into: builder) { bytes in
      progress.show("\(ShortID.text(id)): fetching, \(HumanText.bytes(bytes))")
    }
    heap = try Self.analyze(builder, ShortID.text(id), analyzer, progress)
  }

  private static func analyze(
    _ builder: HeapGraphBuilder,
    _ name: String,
    _ analyzer: HeapAnalyzer,
    _ progress: ProgressLine
  ) throws -> AnalyzedHeap {
    try analyzer.analyze(try builder.makeGraph()) { phase in
      progress.show("\(name): analysing, \(phase.rawValue)")
    }
  }
}
