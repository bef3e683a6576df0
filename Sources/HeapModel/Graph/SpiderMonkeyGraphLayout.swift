/// A graph whose edges come in runs, node after node, and whose nodes are referred to by their
/// addresses (SpiderMonkey).
///
/// The engine writes more than a graph shows, and less: names of classes are found through shapes
/// and prototypes, names of functions through their holders, and references that repeat others are
/// left out. Its dominators stay what they are.
final class SpiderMonkeyGraphLayout {
  private var nodeColumns = NodeColumns()
  private var edgeColumns = EdgeColumns()
  private var nameColumns: [Int?] = [nil, nil, nil]
  private let edgeKinds: [UInt8]

  private let nodeID = FlatArray<UInt64>(capacity: 0)
  private let selfSize = FlatArray<UInt64>(capacity: 0)
  private let coarseType = FlatArray<UInt8>(capacity: 0)
  private let typeName = FlatArray<UInt32>(capacity: 0)
  /// Class, script and descriptive name.
  private let otherNames = (0..<3).map { _ in FlatArray<UInt32>(capacity: 0) }
  private let firstEdge = FlatArray<UInt64>([0])

  private let edgeKind = FlatArray<UInt8>(capacity: 0)
  private let edgeName = FlatArray<UInt32>(capacity: 0)
  private let edgeIdentifier = FlatArray<UInt64>(capacity: 0)
  /// Rows of which every column was taken; a batch that was refused may have left parts of more.
  private var (takenNodes, takenEdges) = (0, 0)

  init(_ header: SnapshotHeader) {
    edgeKinds = header.edgeTypes.map { type in
      (type.kind == .element ? EdgeKind.element : .property).rawValue
    }
  }

  func begin(_ section: SnapshotSection) throws(SnapshotError) {
    switch section.role {
    case .nodes:
      nodeColumns = try NodeColumns(section)
      nameColumns = [SnapshotField.Role.className, .scriptName, .descriptiveName].map {
        section.fields.column($0)
      }
    case .edges: edgeColumns = try EdgeColumns(section)
    default: break
    }
  }

  func add(_ batch: ColumnBatch, role: SnapshotSection.Role) throws(SnapshotError) {
    switch role {
    case .nodes: try addNodes(batch)
    case .edges: try addEdges(batch)
    default: break
    }
  }

  private func addNodes(_ batch: ColumnBatch) throws(SnapshotError) {
    let count = batch.rowCount
    guard nodeID.count + count <= HeapGraph.maximumNodeCount else {
      throw SnapshotError(.tooLarge, "more than \(HeapGraph.maximumNodeCount) nodes")
    }
    let types = Array(0..<SpiderMonkeyHeap.CoarseType.count)
    try batch.column(nodeColumns.type)
      .translate(through: types, into: coarseType.grow(by: count), "coarse type")
    try batch.column(nodeColumns.name).narrow(into: typeName.grow(by: count), "type name")
    try batch.column(nodeColumns.identifier).narrow(into: nodeID.grow(by: count), "node id")
    try batch.column(nodeColumns.selfSize).narrow(into: selfSize.grow(by: count), "node size")
    for (column, names) in zip(nameColumns, otherNames) {
      let place = names.grow(by: count)
      guard let column else {
        place.update(repeating: 0, count: count)
        continue
      }
      try batch.column(column).narrow(into: place, "name of a node")
    }
    try firstEdge.add(edgeCounts: batch.column(nodeColumns.edgeCount))
    takenNodes += count
  }

  private func addEdges(_ batch: ColumnBatch) throws(SnapshotError) {
    let count = batch.rowCount
    try batch.column(edgeColumns.type)
      .translate(through: edgeKinds, into: edgeKind.grow(by: count), "edge type")
    try batch.column(edgeColumns.name).narrow(into: edgeName.grow(by: count), "edge name")
    try batch.column(edgeColumns.target).narrow(into: edgeIdentifier.grow(by: count), "edge target")
    takenEdges += count
  }

  /// - Parameter gaps: given, the graph is of what there is, and they count what is not.
  func makeGraph(
    _ header: SnapshotHeader,
    names: SnapshotNames,
    gaps: GraphGaps?
  ) throws(SnapshotError) -> HeapGraph {
    let table = names.nodeNames
    if let gaps { mend(table, gaps) }
    try check(nameCount: table.count)
    let ordinals = try IdentifierMap(nodeID)
    let root = try ordinals.ordinal(header.root, "the root is")
    let edgeTarget = try targets(ordinals, areOptional: gaps != nil)
    if let gaps {
      EdgeRuns(firstEdge: firstEdge, kind: edgeKind, name: edgeName, target: edgeTarget)
        .removeDangling()
      gaps.omittedEdgeCount = takenEdges - edgeTarget.count
    }
    var parallel = ParallelEdges(
      firstEdge: firstEdge,
      kind: edgeKind,
      name: edgeName,
      target: edgeTarget
    )
    parallel.remove()
    let heap = SpiderMonkeyHeap(
      coarseType: coarseType,
      typeName: typeName,
      className: otherNames[0],
      scriptName: otherNames[1],
      descriptiveName: otherNames[2],
      firstEdge: firstEdge,
      edgeKind: edgeKind,
      edgeName: edgeName,
      edgeTarget: edgeTarget,
      names: table,
      roles: SpiderMonkeyRoles(table)
    )
    let nodes = nameNodes(heap, root: Int(root))
    let documents = SpiderMonkeyDocuments(heap, nodeKind: nodes.kind)
    nameEdges(heap)
    return HeapGraph(
      engine: header.engine,
      format: header.format,
      capabilities: .collectionContents,
      rootOrdinal: root,
      extraNativeBytes: header.extraNativeBytes,
      nodeKind: nodes.kind,
      nodeName: nodes.name,
      nodeID: nodeID,
      selfSize: selfSize,
      detachedness: documents.detachedness,
      firstEdge: firstEdge,
      edgeKind: edgeKind,
      edgeName: edgeName,
      edgeTarget: edgeTarget,
      names: table,
      locations: Locations(),
      partial: gaps?.reading(of: header)
    )
  }

  /// Leaves the nodes whose edges have all come, and the edges of these, wherever they lead.
  private func mend(_ names: StringTable, _ gaps: GraphGaps) {
    let nodeCount = firstEdge.wholeNodeCount(of: takenNodes, edgeCount: takenEdges)
    gaps.omittedNodeCount = takenNodes - nodeCount
    nodeID.truncate(to: nodeCount)
    selfSize.truncate(to: nodeCount)
    coarseType.truncate(to: nodeCount)
    typeName.truncate(to: nodeCount)
    firstEdge.truncate(to: nodeCount + 1)
    for column in otherNames { column.truncate(to: nodeCount) }

    let edgeCount = Int(firstEdge[nodeCount])
    edgeKind.truncate(to: edgeCount)
    edgeName.truncate(to: edgeCount)
    edgeIdentifier.truncate(to: edgeCount)
    for column in [typeName] + otherNames where column.replaceMissingNames(in: names) {
      gaps.lacksNames = true
    }
    let namesEdges = edgeName.replaceMissingNames(in: names) { [edgeKind] edge in
      edgeKind[edge] != EdgeKind.element.rawValue
    }
    if namesEdges { gaps.lacksNames = true }
  }

  private func check(nameCount: Int) throws(SnapshotError) {
    let promised = firstEdge[nodeID.count]
    guard promised == UInt64(edgeIdentifier.count) else {
      let message =
        "the nodes have \(promised) edges together, but there are \(edgeIdentifier.count)"
      throw SnapshotError(.malformed, message)
    }
    for column in [typeName] + otherNames {
      if let name = column.elements.max(), Int(name) >= nameCount {
        throw SnapshotError(.malformed, "a node with name \(name) of \(nameCount)")
      }
    }
    let kinds = edgeKind.elements
    for (edge, name) in edgeName.elements.enumerated() where Int(name) >= nameCount {
      guard kinds[edge] == EdgeKind.element.rawValue else {
        throw SnapshotError(.malformed, "an edge with name \(name) of \(nameCount)")
      }
    }
  }

  /// - Parameter areOptional: whether a target may be missing; it becomes `IdentifierMap.absent`.
  private func targets(
    _ ordinals: IdentifierMap,
    areOptional: Bool
  ) throws(SnapshotError) -> FlatArray<UInt32> {
    let targets = FlatArray<UInt32>(capacity: edgeIdentifier.count)
    let place = targets.grow(by: edgeIdentifier.count)
    for (edge, identifier) in edgeIdentifier.elements.enumerated() {
      place[edge] =
        areOptional ? ordinals[identifier] : try ordinals.ordinal(identifier, "an edge to")
    }
    edgeIdentifier.removeAll(keepingCapacity: 0)
    return targets
  }

  private func nameNodes(
    _ heap: SpiderMonkeyHeap,
    root: Int
  ) -> (kind: FlatArray<UInt8>, name: FlatArray<UInt32>) {
    let functions = SpiderMonkeyFunctions(heap)
    var classes = SpiderMonkeyClasses(heap, functions)
    let kinds = FlatArray<UInt8>(capacity: heap.nodeCount)
    let names = FlatArray<UInt32>(capacity: heap.nodeCount)
    for node in 0..<heap.nodeCount {
      let classRole = heap.classRole(node)
      let programClass: UInt32? =
        switch classRole {
        case .classFunction, .classGenerator, .classEnvironment, .classGlobal: nil
        default:
          heap.coarseType[node] == SpiderMonkeyHeap.CoarseType.object
            ? classes.programClass(of: node) : nil
        }
      let kind = NodeKind(
        spiderMonkeyType: heap.coarseType[node],
        typeRole: heap.roles[heap.typeName[node]],
        classRole: classRole,
        isOfProgram: programClass != nil
      )
      kinds.append(node == root ? NodeKind.synthetic.rawValue : kind.rawValue)
      names.append(
        kind == .closure ? functions.name[node] : programClass ?? engineName(heap, node)
      )
    }
    return (kinds, names)
  }

  /// What the engine calls a node, by the most telling of its names.
  private func engineName(_ heap: SpiderMonkeyHeap, _ node: Int) -> UInt32 {
    for names in [heap.className, heap.descriptiveName, heap.scriptName] where names[node] != 0 {
      return names[node]
    }
    return heap.typeName[node]
  }

  /// Tells links, variables and properties apart, and calls a function's environment by that word
  /// instead of the number of its slot.
  private func nameEdges(_ heap: SpiderMonkeyHeap) {
    let environment = UInt32(heap.names.count)
    var word = "environment"
    word.withUTF8 { heap.names.append(UnsafeRawBufferPointer($0)) }
    for node in 0..<heap.nodeCount {
      let classRole = heap.classRole(node)
      for edge in heap.edges(of: node) where edgeKind[edge] != EdgeKind.element.rawValue {
        let role = heap.role(ofEdge: edge)
        let kind: EdgeKind
        if role == .weakLink {
          kind = .invisible
        } else if edgeName[edge] == 0 || heap.isLink(edge, from: node) {
          kind = .internal
        } else {
          kind = classRole == .classEnvironment ? .context : .property
        }
        edgeKind[edge] = kind.rawValue
        if role == .slot, classRole == .classFunction,
          heap.classRole(Int(heap.edgeTarget[edge])) == .classEnvironment
        {
          edgeName[edge] = environment
        }
      }
    }
  }
}
