/// Builds a `HeapGraph` from a snapshot's records, whatever reader or decoder they come from.
///
/// Trusts the records only for their types: every number is checked against the tables before it
/// is used, so a hostile stream ends in an error. Node and edge sections may come in either order.
///
/// Memory: 30 bytes a node and 9 an edge; while JavaScriptCore's edges are sorted by source as
/// much again per edge, and while SpiderMonkey's addresses are resolved 13 bytes more per edge and
/// 40 per node. Declared counts reserve memory up to a ceiling; beyond it arrays grow.
package final class HeapGraphBuilder: SnapshotRecordReceiver {
  private enum Layout {
    case runs(RunGraphLayout)
    case sources(SourceGraphLayout)
    case addresses(SpiderMonkeyGraphLayout)
  }

  private var headerRecord: SnapshotHeader?
  private var section: SnapshotSection?
  private var layout: Layout?
  private let names: SnapshotNames
  private var isEnded = false
  private let memory: (any GraphMemory)?

  /// - Parameter memory: where the arrays of a V8 graph are from, for a process that reads many
  ///   snapshots; nil for the system.
  package init(memory: (any GraphMemory)? = nil) {
    self.memory = memory
    names = SnapshotNames(memory: memory)
  }

  package func header(_ header: SnapshotHeader) throws(SnapshotError) {
    guard headerRecord == nil else { throw SnapshotError(.malformed, "a second header") }
    headerRecord = header
    layout =
      switch (header.edgeOrder, header.referenceForm) {
      case (.runsPerNode, .ordinal): .runs(RunGraphLayout(header, memory: memory))
      case (.runsPerNode, .identifier): .addresses(SpiderMonkeyGraphLayout(header))
      case (.explicitSource, _): .sources(SourceGraphLayout(header))
      }
  }

  package func section(_ section: SnapshotSection) throws(SnapshotError) {
    self.section = section
    if section.content == .strings {
      names.begin(section.role, nodeCount: headerRecord?.declaredNodeCount)
    }
    switch layout {
    case .runs(let layout): try layout.begin(section)
    case .sources(let layout): try layout.begin(section)
    case .addresses(let layout): try layout.begin(section)
    case nil: throw SnapshotError(.malformed, "a section before the header")
    }
  }

  package func rows(_ batch: ColumnBatch) throws(SnapshotError) {
    guard let section, section.content == .rows, batch.columnCount == section.fields.count else {
      throw SnapshotError(.malformed, "rows that do not fit their section")
    }
    switch layout {
    case .runs(let layout): try layout.add(batch, role: section.role)
    case .sources(let layout): try layout.add(batch, role: section.role)
    case .addresses(let layout): try layout.add(batch, role: section.role)
    case nil: break
    }
  }

  package func strings(_ batch: StringBatch) throws(SnapshotError) {
    guard let section, section.content == .strings else {
      throw SnapshotError(.malformed, "strings that do not fit their section")
    }
    try names.add(batch, role: section.role)
  }

  package func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    if case .runs(let layout) = layout { try layout.add(text: bytes) }
  }

  package func end() throws(SnapshotError) {
    guard headerRecord != nil else { throw SnapshotError(.truncated, "no header came") }
    isEnded = true
  }

  /// The graph.
  ///
  /// Once, after `end`; the builder is empty afterwards.
  ///
  /// - Throws: `malformed` where references, names or counts do not fit together.
  package func makeGraph() throws(SnapshotError) -> HeapGraph {
    guard isEnded, let header = headerRecord else {
      throw SnapshotError(.truncated, "the snapshot ended before its last record")
    }
    return try makeGraph(header, gaps: nil)
  }

  /// The graph of what there is of a snapshot that breaks off, or whose parts do not fit together:
  /// the nodes whose edges have all come, and the edges between them.
  ///
  /// Once; the builder is empty afterwards. `partial` of the graph is nil, and the graph the same
  /// as `makeGraph` makes, where nothing is missing.
  ///
  /// - Parameters:
  ///   - failure: what ended the reading; nil if the reader found nothing wrong
  ///   - end: how many bytes were read
  /// - Throws: `failure` with what is missing, where not even the root is there.
  package func makePartialGraph(
    after failure: SnapshotError?,
    end: UInt64
  ) throws(SnapshotError) -> HeapGraph {
    guard let header = headerRecord else {
      throw failure ?? SnapshotError(.truncated, "no header came", at: end)
    }
    do throws(SnapshotError) {
      return try makeGraph(header, gaps: GraphGaps(failure: failure, end: end))
    } catch {
      guard let failure else { throw error }
      let message = "\(failure.message), and what is in front of that cannot be analysed: \(error)"
      throw SnapshotError(failure.code, message, at: failure.byteOffset ?? end)
    }
  }

  private func makeGraph(
    _ header: SnapshotHeader,
    gaps: GraphGaps?
  ) throws(SnapshotError) -> HeapGraph {
    guard let layout else {
      throw SnapshotError(.truncated, "the snapshot's graph was made before")
    }
    self.layout = nil
    return switch layout {
    case .runs(let layout): try layout.makeGraph(header, names: names, gaps: gaps)
    case .sources(let layout): try layout.makeGraph(header, names: names, gaps: gaps)
    case .addresses(let layout): try layout.makeGraph(header, names: names, gaps: gaps)
    }
  }
}

extension SnapshotHeader {
  /// Elements to reserve for a declared count: at most 64 Mi, since a declaration is a claim.
  func reservation(for declared: UInt64?) -> Int {
    Int(min(declared ?? 0, 64 << 20))
  }
}

/// The string tables of a snapshot, which become one; a table may come in several sections.
final class SnapshotNames {
  /// V8's or SpiderMonkey's one table, or JavaScriptCore's class names.
  private(set) var nodeNames = StringTable()
  /// JavaScriptCore's names of properties and variables.
  private(set) var edgeNames = StringTable()
  private let memory: (any GraphMemory)?

  init(memory: (any GraphMemory)?) {
    self.memory = memory
  }

  /// A table begins, or goes on.
  ///
  /// - Parameter nodeCount: as declared; nearly all heaps have fewer names, and what is reserved
  ///   for more is never touched. Without it the table would be moved again and again.
  func begin(_ role: SnapshotSection.Role, nodeCount: UInt64?) {
    let capacity = Int(min(nodeCount ?? 0, 16 << 20))
    switch role {
    case .names where nodeNames.count == 0, .nodeNames where nodeNames.count == 0:
      nodeNames = StringTable(capacity: capacity, memory: memory)
    case .edgeNames where edgeNames.count == 0:
      edgeNames = StringTable(capacity: capacity, memory: memory)
    default: break
    }
  }

  func add(_ batch: StringBatch, role: SnapshotSection.Role) throws(SnapshotError) {
    let table: StringTable
    switch role {
    case .names, .nodeNames: table = nodeNames
    case .edgeNames: table = edgeNames
    default: return
    }
    try table.append(batch)
    guard nodeNames.count + edgeNames.count < Int(UInt32.max) - 1 else {
      throw SnapshotError(.tooLarge, "more than 2^32 strings")
    }
  }
}

extension StringTable {
  /// Appends the strings of a batch, having checked that its offsets ascend inside its bytes.
  package func append(_ batch: StringBatch) throws(SnapshotError) {
    guard batch.count > 0 else { return }
    var last = batch.offsets[0]
    for offset in batch.offsets {
      guard offset >= last, Int(offset) <= batch.bytes.count else {
        throw SnapshotError(.malformed, "a string beyond its bytes")
      }
      last = offset
    }
    let first = Int(batch.offsets[0])
    append(
      UnsafeRawBufferPointer(rebasing: batch.bytes[first..<Int(last)]),
      endingAt: batch.offsets.dropFirst().lazy.map { Int($0) - first }
    )
  }
}
