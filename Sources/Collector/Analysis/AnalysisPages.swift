internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel

/// The answer to `ReadAnalysis`, page by page, made once and stored.
///
/// A page is a whole reply without what can change: the snapshot's row, the cursor, and how long
/// it took are filled in when it is read.
enum AnalysisPages {
  /// Part of an analysis's record: another number means that stored answers are made again.
  static let version: UInt32 = 2
  private static let largestCount = 100

  static func make(of heap: AnalyzedHeap, for snapshot: SnapshotRow) -> [[UInt8]] {
    var first = ReadAnalysisReply(snapshot: snapshot)
    first.totals = AnalysisTotals(heap)
    first.largest = heap.largest(largestCount).map { ObjectRow($0) }
    if var native = FleetProtocol.NativeContexts(heap) {
      native.contexts = Array(native.contexts.prefix(largestCount))
      first.nativeContexts = native
    }
    first.nativeClasses = heap.nativeClasses.prefix(largestCount).map { FoundClass($0) }
    var pages: [[UInt8]] = []
    var reply = first
    var page = Page<FleetProtocol.ClassRow>(
      maximumCount: FleetLimits.classes,
      reserved: first.encoded().count
    )
    for row in heap.classes.map({ FleetProtocol.ClassRow($0) }) where page.add(row) == false {
      reply.classes = page.rows
      pages.append(reply.encoded())
      reply = ReadAnalysisReply(snapshot: snapshot)
      page = Page(maximumCount: FleetLimits.classes)
      _ = page.add(row)
    }
    reply.classes = page.rows
    return pages + [reply.encoded()]
  }
}
