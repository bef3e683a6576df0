internal import Collector
internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel

/// What an analysis says, from a file or from the collector, in one form for both.
struct AnalysisReport {
  var engine: String
  /// Of the collector's snapshot; nil for a file.
  var snapshot: SnapshotRow?
  /// What is missing of a file that breaks off; nil for a whole one and for the collector's.
  var partial: PartialReading?
  var totals: AnalysisTotals
  /// Largest retained size first.
  var classes: [FleetProtocol.ClassRow]
  var largest: [FleetProtocol.ObjectRow]
  /// What the inspector showed of Maps and Sets; nil for the collector's snapshot, which does not keep
  /// it beside its findings.
  var collections: [ShownCollection]?
  /// Pages, frames and vm contexts, largest first; nil where the engine has none.
  var nativeContexts: FleetProtocol.NativeContexts?
  /// Native objects by class, most bytes first: what V8 has outside its heap, and cells of
  /// JavaScriptCore's own inside it.
  var nativeClasses: [FoundClass]

  /// Of a heap in our own memory.
  init(_ heap: AnalyzedHeap, largest count: Int) {
    engine = heap.graph.engine.name
    snapshot = nil
    partial = heap.graph.partial
    totals = AnalysisTotals(heap)
    classes = heap.classes.map { FleetProtocol.ClassRow($0) }
    largest = heap.largest(count).map { FleetProtocol.ObjectRow($0) }
    collections = heap.shownCollections
    nativeContexts = FleetProtocol.NativeContexts(heap)
    nativeClasses = heap.nativeClasses.map { FoundClass($0) }
  }

  /// Of a snapshot that the collector holds; waits a minute for an analysis that is under way.
  init(_ id: String, _ client: CollectorClient) async throws {
    var request = ReadAnalysisRequest(snapshotID: id, waitMilliseconds: 60_000)
    var first: ReadAnalysisReply?
    classes = try await client.pages { cursor in
      request.cursor = cursor
      let page = try await client.ask(
        FleetMethods.Queries.readAnalysis,
        request,
        within: .seconds(90)
      )
      if first == nil { first = page }
      return (page.classes, page.nextCursor)
    }
    guard let first, let totals = first.totals else {
      throw ClientError("snapshot \(ShortID.text(id)) is not analysed yet; ask again later")
    }
    engine = first.snapshot.runtime.engine.name
    snapshot = first.snapshot
    self.totals = totals
    largest = first.largest
    nativeContexts = first.nativeContexts
    nativeClasses = first.nativeClasses
  }

  /// What the snapshot does not tell; words that this program does not know are left out.
  var untold: [UntoldFact] { totals.untold.compactMap(UntoldFact.init(rawValue:)) }

  /// A number of the statistics, or nil where the snapshot cannot tell it.
  func told(_ bytes: UInt64, unless fact: UntoldFact) -> UInt64? {
    untold.contains(fact) ? nil : bytes
  }
}
