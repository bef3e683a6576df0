internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel
internal import SnapshotFormats

/// A snapshot file, read and analysed without a collector.
struct LoadedSnapshot {
  let path: String
  let heap: AnalyzedHeap

  /// Reads the file, whatever its engine and packing, and analyses it.
  ///
  /// - Throws: `ClientError` with the path and what is wrong with the file.
  init(
    _ path: String,
    analyzer: HeapAnalyzer = HeapAnalyzer(),
    progress: ProgressLine
  ) throws(ClientError) {
    self.path = path
    let name = path.split(separator: "/").last.map(String.init) ?? path
    do {
      let builder = HeapGraphBuilder()
      try SnapshotFile(path).read(into: builder) { done, total in
        progress.show("\(name): reading, \(done * 100 / max(total, 1)) %")
      }
      let graph = try builder.makeGraph()
      heap = try analyzer.analyze(graph) { phase in
        progress.show("\(name): analysing, \(phase.rawValue)")
      }
    } catch {
      progress.clear()
      throw ClientError("\(path): \(error)")
    }
  }
}
