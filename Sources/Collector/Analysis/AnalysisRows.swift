package import FleetProtocol
package import HeapAnalysis
internal import HeapModel

// What an analysis found in the words of the contract: as the collector answers it, and as
// `retinue` prints it of files.

extension AnalysisTotals {
  package init(_ heap: AnalyzedHeap) {
    let statistics = heap.statistics
    self.init(
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
  }
}

extension FleetProtocol.ClassRow {
  package init(_ row: HeapAnalysis.ClassRow) {
    self.init(
      key: row.key,
      name: row.name,
      count: UInt64(row.count),
      selfSize: row.selfSize,
      retainedSize: row.retainedSize,
      distance: row.distance,
      countInDevTools: row.countInDevTools.map { UInt64($0) } ?? 0
    )
  }
}

extension FleetProtocol.ObjectRow {
  package init(_ row: HeapAnalysis.ObjectRow) {
    self.init(
      id: row.id,
      name: row.name,
      className: row.className,
      selfSize: row.selfSize,
      retainedSize: row.retainedSize,
      distance: row.distance
    )
  }
}

extension ClassDelta {
  package init(_ row: HeapComparison.Row) {
    self.init(
      key: row.key,
      name: row.name,
      addedCount: UInt64(clamping: row.addedCount),
      removedCount: UInt64(clamping: row.removedCount),
      addedSize: row.addedSize,
      removedSize: row.removedSize,
      isPartialInDevTools: row.isPartialInDevTools
    )
  }
}

extension FleetClassRow {
  package init(_ row: FleetComparison.Row) {
    self.init(
      key: row.name,
      name: row.name,
      baseMedianCount: row.baseMedianCount ?? 0,
      mainMedianCount: row.mainMedianCount ?? 0,
      baseMedianSize: row.baseMedianSize ?? 0,
      mainMedianSize: row.mainMedianSize ?? 0,
      mainInstancesAbove: UInt32(clamping: row.grownInstanceCount),
      significant: row.isSignificant,
      isBaseUnknown: row.baseMedianCount == nil || row.baseMedianSize == nil,
      isMainUnknown: row.mainMedianCount == nil || row.mainMedianSize == nil
    )
  }
}
