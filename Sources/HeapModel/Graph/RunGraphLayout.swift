/// A graph whose edges come in runs, node after node, and whose nodes are referred to by position
/// (V8): the rows are the graph's own layout already.
final class RunGraphLayout {
  private let nodeKinds: [UInt8]
  private let edgeKinds: [UInt8]

  private let nodeKind: FlatArray<UInt8>
  private let nodeName: FlatArray<UInt32>
  private let nodeID: FlatArray<UInt64>
  private let selfSize: FlatArray<UInt64>
  private let firstEdge: FlatArray<UInt64>
  private var detachedness: FlatArray<UInt8>?
  private let edgeKind: FlatArray<UInt8>
  private let edgeName: FlatArray<UInt32>
  private let edgeTarget: FlatArray<UInt32>
  private var locations: Locations
  private var hasLocations = false
  /// Rows of which every column was taken; a batch that was refused may have left parts of more.
  private var (takenNodes, takenEdges, takenLocations) = (0, 0, 0)
  private let allocations = AllocationHistoryBuilder()
  private let scopes = ScopeTablesBuilder()

  private var nodeColumns = NodeColumns()
  private var edgeColumns = EdgeColumns()
  private var locationColumns = LocationColumns()
  private let memory: (any GraphMemory)?

  init(_ header: SnapshotHeader, memory: (any GraphMemory)?) {
    self.memory = memory
    locations = Locations(memory: memory)
    nodeKinds = header.nodeTypes.map(\.kind.rawValue)
    edgeKinds = header.edgeTypes.map(\.kind.rawValue)
    let nodes = header.reservation(for: header.declaredNodeCount)
    let edges = header.reservation(for: header.declaredEdgeCount)
    nodeKind = FlatArray(capacity: nodes, memory: memory)
    nodeName = FlatArray(capacity: nodes, memory: memory)
    nodeID = FlatArray(capacity: nodes, memory: memory)
    selfSize = FlatArray(capacity: nodes, memory: memory)
    firstEdge = FlatArray(capacity: nodes + 1, memory: memory)
    firstEdge.append(0)
    edgeKind = FlatArray(capacity: edges, memory: memory)
    edgeName = FlatArray(capacity: edges, memory: memory)
    edgeTarget = FlatArray(capacity: edges, memory: memory)
  }

  func begin(_ section: SnapshotSection) throws(SnapshotError) {
    allocations.begin(section)
    scopes.begin(section)
    switch section.role {
    case .nodes:
      nodeColumns = try NodeColumns(section)
      if nodeColumns.detachedness != nil, takenNodes == 0 {
        detachedness = FlatArray(capacity: nodeKind.capacity, memory: memory)
      }
    case .edges:
      edgeColumns = try EdgeColumns(section)
    case .locations:
      locationColumns = try LocationColumns(section)
      hasLocations = true
    default: break
    }
  }

  func add(_ batch: ColumnBatch, role: SnapshotSection.Role) throws(SnapshotError) {
    switch role {
    case .nodes: try addNodes(batch)
    case .edges: try addEdges(batch)
    case .locations: try addLocations(batch)
    default:
      try allocations.add(batch)
      scopes.add(batch)
    }
  }

  /// The next piece of a section that is kept as text.
  func add(text: UnsafeRawBufferPointer) throws(SnapshotError) {
    try allocations.add(text: text)
  }

  private func addNodes(_ batch: ColumnBatch) throws(SnapshotError) {
    let count = batch.rowCount
    guard nodeKind.count + count <= HeapGraph.maximumNodeCount else {
      throw SnapshotError(.tooLarge, "more than \(HeapGraph.maximumNodeCount) nodes")
    }
    if let column = nodeColumns.traceNode {
      try allocations.add(siteNumbers: batch.column(column), after: nodeKind.count)
    }
    try batch.column(nodeColumns.type)
      .translate(through: nodeKinds, into: nodeKind.grow(by: count), "node type")
    try batch.column(nodeColumns.name).narrow(into: nodeName.grow(by: count), "node name")
    try batch.column(nodeColumns.identifier).narrow(into: nodeID.grow(by: count), "node id")
    try batch.column(nodeColumns.selfSize).narrow(into: selfSize.grow(by: count), "self size")
    if let column = nodeColumns.detachedness, let detachedness {
      try batch.column(column).narrow(into: detachedness.grow(by: count), "detachedness")
    }
    try firstEdge.add(edgeCounts: batch.column(nodeColumns.edgeCount))
    takenNodes += count
  }

  private func addEdges(_ batch: ColumnBatch) throws(SnapshotError) {
    let count = batch.rowCount
    try batch.column(edgeColumns.type)
      .translate(through: edgeKinds, into: edgeKind.grow(by: count), "edge type")
    try batch.column(edgeColumns.name).narrow(into: edgeName.grow(by: count), "edge name")
    try batch.column(edgeColumns.target).narrow(into: edgeTarget.grow(by: count), "edge target")
    takenEdges += count
  }

  private func addLocations(_ batch: ColumnBatch) throws(SnapshotError) {
    let count = batch.rowCount
    let columns = locationColumns
    try batch.column(columns.node).narrow(into: locations.node.grow(by: count), "location")
    try batch.column(columns.script).narrow(into: locations.script.grow(by: count), "script id")
    try batch.column(columns.line).narrow(into: locations.line.grow(by: count), "line")
    try batch.column(columns.column).narrow(into: locations.column.grow(by: count), "column")
    takenLocations += count
  }

  /// - Parameter gaps: given, the graph is of what there is, and they count what is not.
  func makeGraph(
    _ header: SnapshotHeader,
    names: SnapshotNames,
    gaps: GraphGaps?
  ) throws(SnapshotError) -> HeapGraph {
    if let gaps { mend(names.nodeNames, gaps) }
    try check(header, nameCount: names.nodeNames.count)
    var capabilities: Capabilities = [.comparisonByID, .collectionContents]
    if hasLocations { capabilities.insert(.locations) }
    let history = try self.history(nameCount: names.nodeNames.count, gaps)
    let scopeTables = try self.scopeTables(nameCount: names.nodeNames.count, gaps)
    return HeapGraph(
      engine: header.engine,
      format: header.format,
      capabilities: capabilities,
      rootOrdinal: UInt32(header.root),
      extraNativeBytes: header.extraNativeBytes,
      nodeKind: nodeKind,
      nodeName: nodeName,
      nodeID: nodeID,
      selfSize: selfSize,
      detachedness: detachedness,
      firstEdge: firstEdge,
      edgeKind: edgeKind,
      edgeName: edgeName,
      edgeTarget: edgeTarget,
      names: names.nodeNames,
      locations: locations.sortedByNode(),
      allocations: history,
      scopes: scopeTables,
      partial: gaps?.reading(of: header)
    )
  }

  private func history(
    nameCount: Int,
    _ gaps: GraphGaps?
  ) throws(SnapshotError) -> AllocationHistory? {
    do throws(SnapshotError) {
      return try allocations.makeHistory(nodeCount: nodeKind.count, nameCount: nameCount)
    } catch {
      try leaveOut(error, gaps)
      return nil
    }
  }

  private func scopeTables(
    nameCount: Int,
    _ gaps: GraphGaps?
  ) throws(SnapshotError) -> ScopeTables? {
    do throws(SnapshotError) {
      return try scopes.makeTables(nodeCount: nodeKind.count, nameCount: nameCount)
    } catch {
      try leaveOut(error, gaps)
      return nil
    }
  }

  /// Of half a recording, or half the scopes, nothing is told.
  private func leaveOut(_ error: SnapshotError, _ gaps: GraphGaps?) throws(SnapshotError) {
    guard let gaps else { throw error }
    gaps.misfit = error
  }

  private func check(_ header: SnapshotHeader, nameCount: Int) throws(SnapshotError) {
    let promised = firstEdge[nodeKind.count]
    guard promised == UInt64(edgeTarget.count) else {
      let message = "the nodes have \(promised) edges together, but there are \(edgeTarget.count)"
      throw SnapshotError(.malformed, message)
    }
    if let states = detachedness, states.count != nodeKind.count {
      throw SnapshotError(
        .malformed,
        "\(states.count) of \(nodeKind.count) nodes have a detachedness"
      )
    }
    guard header.root < UInt64(nodeKind.count) else {
      throw SnapshotError(.malformed, "the root is node \(header.root) of \(nodeKind.count)")
    }
    if let target = edgeTarget.elements.max(), Int(target) >= nodeKind.count {
      throw SnapshotError(.malformed, "an edge to node \(target) of \(nodeKind.count)")
    }
    if let node = locations.node.elements.max(), Int(node) >= nodeKind.count {
      throw SnapshotError(.malformed, "a location of node \(node) of \(nodeKind.count)")
    }
    if let name = nodeName.elements.max(), Int(name) >= nameCount {
      throw SnapshotError(.malformed, "a node with name \(name) of \(nameCount)")
    }
    try checkEdgeNames(nameCount: nameCount)
  }

  /// Checks that an edge whose name is no number has one of the names.
  ///
  /// Numbers below `nameCount` need no look at the kind, and most runs of edges have no others.
  private func checkEdgeNames(nameCount: Int) throws(SnapshotError) {
    let names = edgeName.elements
    let kinds = edgeKind.elements
    let runLength = 1_024
    for start in stride(from: 0, to: names.count, by: runLength) {
      let run = start..<min(start + runLength, names.count)
      var highest: UInt32 = 0
      for edge in run { highest = max(highest, names[edge]) }
      guard Int(highest) >= nameCount else { continue }
      for edge in run where Int(names[edge]) >= nameCount {
        guard EdgeKind.isNamedByNumber(kinds[edge]) else {
          throw SnapshotError(.malformed, "an edge with name \(names[edge]) of \(nameCount)")
        }
      }
    }
  }
}

// MARK: - A part of a snapshot

extension RunGraphLayout {
  /// Leaves the nodes whose edges have all come, the edges between them, and what is said of them.
  private func mend(_ names: StringTable, _ gaps: GraphGaps) {
    let nodeCount = firstEdge.wholeNodeCount(of: takenNodes, edgeCount: takenEdges)
    gaps.omittedNodeCount = takenNodes - nodeCount
    nodeKind.truncate(to: nodeCount)
    nodeName.truncate(to: nodeCount)
    nodeID.truncate(to: nodeCount)
    selfSize.truncate(to: nodeCount)
    firstEdge.truncate(to: nodeCount + 1)
    if let states = detachedness, states.count >= nodeCount {
      states.truncate(to: nodeCount)
    } else {
      detachedness = nil
    }
    allocations.truncate(toNodeCount: nodeCount)

    EdgeRuns(firstEdge: firstEdge, kind: edgeKind, name: edgeName, target: edgeTarget)
      .removeDangling()
    gaps.omittedEdgeCount = takenEdges - edgeTarget.count
    let namesNodes = nodeName.replaceMissingNames(in: names)
    let namesEdges = edgeName.replaceMissingNames(in: names) { [edgeKind] edge in
      EdgeKind.isNamedByNumber(edgeKind[edge]) == false
    }
    gaps.lacksNames = namesNodes || namesEdges
    locations = locations.first(takenLocations, below: nodeCount)
    if locations.count < takenLocations {
      gaps.misfit = SnapshotError(.malformed, "source positions of nodes that are not there")
    }
  }
}

extension Locations {
  /// Of the first `count` those of nodes below `nodeCount`.
  fileprivate func first(_ count: Int, below nodeCount: Int) -> Locations {
    let kept = Locations(capacity: count)
    for row in 0..<count where node[row] < nodeCount {
      kept.append(node: node[row], script: script[row], line: line[row], column: column[row])
    }
    return kept
  }
}

extension EdgeKind {
  /// `isNamedByNumber` of a raw value, for inner loops.
  @inline(__always) static func isNamedByNumber(_ rawValue: UInt8) -> Bool {
    rawValue == EdgeKind.element.rawValue || rawValue == EdgeKind.hidden.rawValue
  }
}
