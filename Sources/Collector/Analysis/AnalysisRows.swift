package import FleetProtocol
package import HeapAnalysis
internal import HeapModel

// What an analysis found in the words of the contract: as the collector answers it, and as
// `retinue` prints it of files.

extension AnalysisTotals {
  package init(_ heap: AnalyzedHeap) {
    let statistics = heap.statistics
    self.init(
      nodeCount: UInt64(heap.graph.engineNodeCount),
      edgeCount: UInt64(heap.graph.engineEdgeCount),
      totalSelfSize: heap.totalSelfSize,
      totalRetainedSize: heap.totalRetainedSize,
      nativeTotal: statistics.native.total,
      nativeTypedArrays: statistics.native.typedArrays,
      heapTotal: statistics.v8heap.total,
      heapCode: statistics.v8heap.code,
      heapArrays: statistics.v8heap.jsArrays,
      heapStrings: statistics.v8heap.strings,
      heapSystem: statistics.v8heap.system,
      untold: heap.untold.map(\.rawValue),
      unheldCount: UInt64(heap.unheld?.count ?? 0),
      unheldRetainedSize: heap.unheld?.retainedSize ?? 0
    )
  }
}

extension FleetProtocol.NativeContexts {
  /// Nil where the engine has none.
  package init?(_ heap: AnalyzedHeap) {
    guard let native = heap.nativeContexts else { return nil }
    let contexts = native.contexts.map { context in
      NativeContext(
        id: context.id,
        name: context.name,
        attributedSize: context.attributedSize,
        selfSize: context.selfSize,
        retainedSize: context.retainedSize
      )
    }
    self.init(
      contexts: contexts.sorted { ($1.attributedSize, $0.id) < ($0.attributedSize, $1.id) },
      contextCount: UInt64(contexts.count),
      sharedSize: native.sharedSize,
      unattributedSize: native.unattributedSize
    )
  }
}

extension FoundClass {
  package init(_ row: ObjectSelection.Class) {
    self.init(name: row.name, count: UInt64(row.count), selfSize: row.selfSize)
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
