internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel

/// What an analysis says, from a file or from the collector, in one form for both.
struct AnalysisReport {
  struct Class {
    var key: String
    var name: String
    var count: UInt64
    var selfSize: UInt64
    var retainedSize: UInt64
    var distance: Int32
    /// What DevTools shows where it lets classes with this key overwrite each other; nil where it
    /// shows `count`, and where the collector was asked, which does not keep it.
    var countInDevTools: UInt64?
  }

  struct Object {
    var id: UInt64
    var name: String
    var className: String
    var selfSize: UInt64
    var retainedSize: UInt64
    var distance: Int32
  }

  var engine: String
  /// Of the collector's snapshot; nil for a file.
  var snapshot: SnapshotRow?
  /// What is missing of a file that breaks off; nil for a whole one and for the collector's.
  var partial: PartialReading?
  var totals: AnalysisTotals
  /// Largest retained size first.
  var classes: [Class]
  var largest: [Object]

  /// Of a heap in our own memory.
  init(_ heap: AnalyzedHeap, largest count: Int) {
    let statistics = heap.statistics
    engine = heap.graph.engine.name
    snapshot = nil
    partial = heap.graph.partial
    totals = AnalysisTotals(
      nodeCount: UInt64(heap.graph.nodeCount),
      edgeCount: UInt64(heap.graph.edgeCount),
      totalSelfSize: heap.totalSelfSize,
      totalRetainedSize: heap.totalRetainedSize,
      nativeTotal: statistics.native.total,
      nativeTypedArrays: statistics.native.typedArrays,
      heapTotal: statistics.v8heap.total,
      heapCode: statistics.v8heap.code,
      heapArrays: statistics.v8heap.jsArrays,
      heapStrings: statistics.v8heap.strings,
      heapSystem: statistics.v8heap.system
    )
    classes = heap.classes.map { row in
      Class(
        key: row.key,
        name: row.name,
        count: UInt64(row.count),
        selfSize: row.selfSize,
        retainedSize: row.retainedSize,
        distance: row.distance,
        countInDevTools: row.countInDevTools.map(UInt64.init)
      )
    }
    largest = heap.largest(count).map { row in
      Object(
        id: row.id,
        name: row.name,
        className: row.className,
        selfSize: row.selfSize,
        retainedSize: row.retainedSize,
        distance: row.distance
      )
    }
  }

  /// Of a snapshot that the collector holds; waits a minute for an analysis that is under way.
  init(_ id: String, _ client: CollectorClient) async throws {
    var request = ReadAnalysisRequest(snapshotID: id, waitMilliseconds: 60_000)
    var first: ReadAnalysisReply?
    let rows = try await client.pages { cursor in
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
    classes = rows.map { row in
      Class(
        key: row.key,
        name: row.name,
        count: row.count,
        selfSize: row.selfSize,
        retainedSize: row.retainedSize,
        distance: row.distance
      )
    }
    largest = first.largest.map { row in
      Object(
        id: row.id,
        name: row.name,
        className: row.className,
        selfSize: row.selfSize,
        retainedSize: row.retainedSize,
        distance: row.distance
      )
    }
  }
}
