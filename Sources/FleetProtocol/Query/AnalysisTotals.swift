internal import CFleetMessages

/// What an analysis says of the snapshot as a whole; sizes in bytes.
package struct AnalysisTotals: FleetMessage {
  package var nodeCount: UInt64
  package var edgeCount: UInt64
  package var totalSelfSize: UInt64
  package var totalRetainedSize: UInt64
  package var nativeTotal: UInt64
  package var nativeTypedArrays: UInt64
  package var heapTotal: UInt64
  package var heapCode: UInt64
  package var heapArrays: UInt64
  package var heapStrings: UInt64
  package var heapSystem: UInt64
  /// Analysis that began while blocks arrived.
  package var blocksDecodedBeforeLast: UInt64
  package var blockCount: UInt64
  package var readyAfterCommitMicroseconds: UInt64
  /// What the snapshot does not tell, each in a word; at most 64.
  package var untold: [String]
  /// Objects whose holder it does not tell, such as a Map's entries.
  package var unheldCount: UInt64
  /// What these keep alive.
  package var unheldRetainedSize: UInt64

  package init(
    nodeCount: UInt64 = 0,
    edgeCount: UInt64 = 0,
    totalSelfSize: UInt64 = 0,
    totalRetainedSize: UInt64 = 0,
    nativeTotal: UInt64 = 0,
    nativeTypedArrays: UInt64 = 0,
    heapTotal: UInt64 = 0,
    heapCode: UInt64 = 0,
    heapArrays: UInt64 = 0,
    heapStrings: UInt64 = 0,
    heapSystem: UInt64 = 0,
    blocksDecodedBeforeLast: UInt64 = 0,
    blockCount: UInt64 = 0,
    readyAfterCommitMicroseconds: UInt64 = 0,
    untold: [String] = [],
    unheldCount: UInt64 = 0,
    unheldRetainedSize: UInt64 = 0
  ) {
    self.nodeCount = nodeCount
    self.edgeCount = edgeCount
    self.totalSelfSize = totalSelfSize
    self.totalRetainedSize = totalRetainedSize
    self.nativeTotal = nativeTotal
    self.nativeTypedArrays = nativeTypedArrays
    self.heapTotal = heapTotal
    self.heapCode = heapCode
    self.heapArrays = heapArrays
    self.heapStrings = heapStrings
    self.heapSystem = heapSystem
    self.blocksDecodedBeforeLast = blocksDecodedBeforeLast
    self.blockCount = blockCount
    self.readyAfterCommitMicroseconds = readyAfterCommitMicroseconds
    self.untold = untold
    self.unheldCount = unheldCount
    self.unheldRetainedSize = unheldRetainedSize
  }
}

extension AnalysisTotals: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__analysis_totals__init)

  init() {
    self.init(nodeCount: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__AnalysisTotals,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&nodeCount, &raw.node_count)
    fields.value(&edgeCount, &raw.edge_count)
    fields.value(&totalSelfSize, &raw.total_self_size)
    fields.value(&totalRetainedSize, &raw.total_retained_size)
    fields.value(&nativeTotal, &raw.native_total)
    fields.value(&nativeTypedArrays, &raw.native_typed_arrays)
    fields.value(&heapTotal, &raw.heap_total)
    fields.value(&heapCode, &raw.heap_code)
    fields.value(&heapArrays, &raw.heap_arrays)
    fields.value(&heapStrings, &raw.heap_strings)
    fields.value(&heapSystem, &raw.heap_system)
    fields.value(&blocksDecodedBeforeLast, &raw.blocks_decoded_before_last)
    fields.value(&blockCount, &raw.block_count)
    fields.value(&readyAfterCommitMicroseconds, &raw.ready_after_commit_micros)
    try fields.texts(
      &untold,
      &raw.untold,
      &raw.n_untold,
      "untold",
      maximum: FleetLimits.untoldFacts
    )
    fields.value(&unheldCount, &raw.unheld_count)
    fields.value(&unheldRetainedSize, &raw.unheld_retained_size)
  }
}
