internal import HeapAnalysis
internal import HeapModel
internal import SnapshotColumns

/// A snapshot's graph as it grows from blocks, within memory that was shared out.
///
/// Used by one thread at a time.
final class GraphAssembly: @unchecked Sendable {
  private let decoder: SnapshotColumnsDecoder
  private let builder: MeteredBuilder

  /// - Parameter pool: where the graph's arrays are from.
  init(memory: HeapMemory.Share, pool: MemoryPool) throws(SnapshotError) {
    builder = MeteredBuilder(memory: memory, pool: pool)
    decoder = try SnapshotColumnsDecoder(
      limits: SnapshotColumnsLimits(rawByteCount: 8 << 30, rowCount: 1 << 33),
      receiver: builder
    )
  }

  var blockCount: UInt32 { decoder.blockCount }

  /// Reads the next block.
  ///
  /// - Throws: `unreadable` where the graph needs more memory than is free now, `tooLarge` where it
  ///   needs more than there is.
  func consume(_ block: EncodedBlock) throws(SnapshotError) {
    try decoder.consume(block)
  }

  /// The graph, once, after the last block.
  func finish() throws(SnapshotError) -> HeapGraph {
    try decoder.finish()
    return try builder.graph()
  }
}

/// Passes records on to the graph's builder and counts what they cost.
private final class MeteredBuilder: SnapshotRecordReceiver {
  private let builder: HeapGraphBuilder
  private let memory: HeapMemory.Share
  private var section: SnapshotSection?
  private var nodeCount: UInt64 = 0
  private var edgeCount: UInt64 = 0
  private var textBytes: UInt64 = 0

  init(memory: HeapMemory.Share, pool: MemoryPool) {
    self.memory = memory
    builder = HeapGraphBuilder(memory: pool)
  }

  func header(_ header: SnapshotHeader) throws(SnapshotError) {
    try reserve(
      nodes: header.declaredNodeCount ?? 0,
      edges: header.declaredEdgeCount ?? 0
    )
    try builder.header(header)
  }

  func section(_ section: SnapshotSection) throws(SnapshotError) {
    self.section = section
    try builder.section(section)
  }

  func rows(_ batch: ColumnBatch) throws(SnapshotError) {
    switch section?.role {
    case .nodes: nodeCount += UInt64(batch.rowCount)
    case .edges: edgeCount += UInt64(batch.rowCount)
    default: break
    }
    try reserve(nodes: nodeCount, edges: edgeCount)
    try builder.rows(batch)
  }

  func strings(_ batch: StringBatch) throws(SnapshotError) {
    // The bytes, and the offset of each.
    textBytes += UInt64(batch.bytes.count) + UInt64(batch.count) * 8
    try reserve(nodes: nodeCount, edges: edgeCount)
    try builder.strings(batch)
  }

  func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    try builder.raw(bytes)
  }

  func end() throws(SnapshotError) {
    try builder.end()
  }

  func graph() throws(SnapshotError) -> HeapGraph {
    try builder.makeGraph()
  }

  private func reserve(nodes: UInt64, edges: UInt64) throws(SnapshotError) {
    let needed = HeapCost.graph(nodes: nodes, edges: edges, textBytes: textBytes)
    guard memory.grow(to: needed) else {
      let graph = "a graph of \(nodes) objects and \(edges) references needs \(needed >> 20) MiB"
      guard needed <= memory.limit else {
        throw SnapshotError(.tooLarge, "\(graph), and \(memory.limit >> 20) MiB are allowed in all")
      }
      throw SnapshotError(.unreadable, "\(graph), which are not free now")
    }
  }
}
