/// A graph whose edges name their source, and whose nodes are referred to by an identifier of
/// their own (JavaScriptCore): identifiers become ordinals, and edges are sorted by source.
///
/// Edges of one source keep the order of the file, and duplicates are kept: the engine writes
/// them, and counts would no longer be its own without them.
final class SourceGraphLayout {
  private struct Columns {
    var identifier = 0
    var selfSize = 0
    var className = 0
    var flags: Int?
    var source = 0
    var target = 0
    var type = 0
    var data = 0
  }

  private let edgeKinds: [UInt8]
  private var columns = Columns()

  private let nodeID: FlatArray<UInt64>
  private let selfSize: FlatArray<UInt64>
  private let nodeClass: FlatArray<UInt32>
  private let nodeFlags: FlatArray<UInt8>
  private var ordinals: IdentifierMap?

  private let edgeSource: FlatArray<UInt32>
  private let edgeTarget: FlatArray<UInt32>
  private let edgeKind: FlatArray<UInt8>
  private let edgeData: FlatArray<UInt32>
  /// Sources and targets, in turns, of edges that came before the nodes.
  private let earlyIdentifiers = FlatArray<UInt64>(capacity: 0)
  private var collections = CollectionTable()

  /// Rows of which every column was taken; a batch that was refused may have left parts of more.
  private var (takenNodes, takenEdges) = (0, 0)
  /// Whether the section with edges is the last that began.
  private var isEdgeTableOpen = false
  /// The first edge from or to a node that does not exist; its end is `IdentifierMap.absent`.
  private var danglingEdge: SnapshotError?

  init(_ header: SnapshotHeader) {
    edgeKinds = header.edgeTypes.map(\.kind.rawValue)
    let nodes = header.reservation(for: header.declaredNodeCount)
    let edges = header.reservation(for: header.declaredEdgeCount)
    nodeID = FlatArray(capacity: nodes)
    selfSize = FlatArray(capacity: nodes)
    nodeClass = FlatArray(capacity: nodes)
    nodeFlags = FlatArray(capacity: nodes)
    edgeSource = FlatArray(capacity: edges)
    edgeTarget = FlatArray(capacity: edges)
    edgeKind = FlatArray(capacity: edges)
    edgeData = FlatArray(capacity: edges)
  }

  func begin(_ section: SnapshotSection) throws(SnapshotError) {
    isEdgeTableOpen = section.role == .edges
    switch section.role {
    case .nodes:
      columns.identifier = try section.column(.identifier)
      columns.selfSize = try section.column(.selfSize)
      columns.className = try section.column(.name)
      columns.flags = section.fields.column(.flags)
    case .edges:
      columns.source = try section.column(.source)
      columns.target = try section.column(.target)
      columns.type = try section.column(.type)
      columns.data = try section.column(.name)
      if nodeID.count > 0 { _ = try resolvedOrdinals() }
    case .collections: try collections.begin(section)
    default: break
    }
  }

  func add(_ batch: ColumnBatch, role: SnapshotSection.Role) throws(SnapshotError) {
    switch role {
    case .nodes: try addNodes(batch)
    case .edges: try addEdges(batch)
    case .collections: try collections.add(batch)
    default: break
    }
  }

  private func addNodes(_ batch: ColumnBatch) throws(SnapshotError) {
    let count = batch.rowCount
    // One place is kept for the holder of what nobody holds.
    guard nodeID.count + count < HeapGraph.maximumNodeCount else {
      throw SnapshotError(.tooLarge, "more than \(HeapGraph.maximumNodeCount - 1) nodes")
    }
    guard ordinals == nil else { throw SnapshotError(.malformed, "nodes on both sides of edges") }
    try batch.column(columns.identifier).narrow(into: nodeID.grow(by: count), "node id")
    try batch.column(columns.selfSize).narrow(into: selfSize.grow(by: count), "node size")
    try batch.column(columns.className).narrow(into: nodeClass.grow(by: count), "class name")
    let flags = nodeFlags.grow(by: count)
    if let column = columns.flags {
      try batch.column(column).narrow(into: flags, "node flags")
    } else {
      flags.update(repeating: 0, count: count)
    }
    takenNodes += count
  }

  private func addEdges(_ batch: ColumnBatch) throws(SnapshotError) {
    let count = batch.rowCount
    try batch.column(columns.type)
      .translate(through: edgeKinds, into: edgeKind.grow(by: count), "edge type")
    try batch.column(columns.data).narrow(into: edgeData.grow(by: count), "edge data")
    let sources = batch.column(columns.source)
    let targets = batch.column(columns.target)
    takenEdges += count
    guard let ordinals else {
      let place = earlyIdentifiers.grow(by: count * 2)
      for row in 0..<count {
        place[2 * row] = UInt64(bitPattern: sources[row])
        place[2 * row + 1] = UInt64(bitPattern: targets[row])
      }
      return
    }
    let sourcePlace = edgeSource.grow(by: count)
    let targetPlace = edgeTarget.grow(by: count)
    for row in 0..<count {
      sourcePlace[row] = ordinal(UInt64(bitPattern: sources[row]), "an edge from", ordinals)
      targetPlace[row] = ordinal(UInt64(bitPattern: targets[row]), "an edge to", ordinals)
    }
  }

  /// The ordinal of an edge's end, or `IdentifierMap.absent`.
  private func ordinal(
    _ identifier: UInt64,
    _ meaning: String,
    _ ordinals: IdentifierMap
  ) -> UInt32 {
    do throws(SnapshotError) {
      return try ordinals.ordinal(identifier, meaning)
    } catch {
      if danglingEdge == nil { danglingEdge = error }
      return IdentifierMap.absent
    }
  }

  /// - Parameter gaps: given, the graph is of what there is, and they count what is not.
  func makeGraph(
    _ header: SnapshotHeader,
    names: SnapshotNames,
    gaps: GraphGaps?
  ) throws(SnapshotError) -> HeapGraph {
    var ordinals = try resolvedOrdinals()
    if let gaps {
      try mend(names, gaps)
      ordinals = try resolvedOrdinals()
    } else if let danglingEdge {
      throw danglingEdge
    }
    let root = try ordinals.ordinal(header.root, "the root is")
    let contents = try collections.contents(ordinals, nameCount: names.nodeNames.count, gaps)
    let edges = sortEdges()
    try nameEdges(edges, names)

    var unheld = UnheldNodes(firstEdge: edges.firstEdge, targets: edges.target, root: root)
    let holder = unheld.find().isEmpty ? nil : UInt32(nodeID.count)
    let nodeKind = try nodeKinds(classNames: names.nodeNames, root: root)
    let holderName = nameTable(names, with: holder)
    if let holder {
      nodeKind.append(NodeKind.synthetic.rawValue)
      nodeClass.append(holderName)
      nodeID.append(HeapGraph.unknownHolderID)
      selfSize.append(0)
      edges.attach(unheld.nodes, to: holder, under: root)
    }
    return HeapGraph(
      engine: header.engine,
      format: header.format,
      capabilities: holder == nil ? [.comparisonByID, .collectionContents] : [.comparisonByID],
      rootOrdinal: root,
      extraNativeBytes: header.extraNativeBytes,
      unknownHolder: holder,
      collections: contents,
      nodeKind: nodeKind,
      nodeName: nodeClass,
      nodeID: nodeID,
      selfSize: selfSize,
      detachedness: nil,
      firstEdge: edges.firstEdge,
      edgeKind: edges.kind,
      edgeName: edges.name,
      edgeTarget: edges.target,
      names: names.nodeNames,
      locations: Locations(),
      partial: gaps?.reading(of: header)
    )
  }

  /// The map of all nodes; with it the ends of the edges in front of them are known.
  private func resolvedOrdinals() throws(SnapshotError) -> IdentifierMap {
    if let ordinals { return ordinals }
    nodeID.truncate(to: takenNodes)
    let made = try IdentifierMap(nodeID)
    ordinals = made
    let identifiers = earlyIdentifiers.elements
    for edge in 0..<identifiers.count / 2 {
      edgeSource.append(ordinal(identifiers[2 * edge], "an edge from", made))
      edgeTarget.append(ordinal(identifiers[2 * edge + 1], "an edge to", made))
    }
    return made
  }

  /// A counting sort, stable.
  private func sortEdges() -> SortedEdges {
    let firstEdge = FlatArray<UInt64>(repeating: 0, count: nodeID.count + 1)
    let first = firstEdge.elements
    let sources = edgeSource.elements
    for source in sources { first[Int(source) + 1] += 1 }
    for node in 0..<nodeID.count { first[node + 1] += first[node] }

    let sorted = SortedEdges(firstEdge: firstEdge, count: sources.count)
    let next = FlatArray(first)
    let places = next.elements
    let (kinds, data, targets) = (edgeKind.elements, edgeData.elements, edgeTarget.elements)
    let (kind, name, target) = (
      sorted.kind.elements, sorted.name.elements, sorted.target.elements
    )
    for edge in sources.indices {
      let place = Int(places[Int(sources[edge])])
      places[Int(sources[edge])] += 1
      kind[place] = kinds[edge]
      name[place] = data[edge]
      target[place] = targets[edge]
    }
    return sorted
  }

  /// Turns the edges' data into names of the joint table: class names first, then edge names, then
  /// the empty name of edges that have none.
  private func nameEdges(
    _ edges: SortedEdges,
    _ names: SnapshotNames
  ) throws(SnapshotError) {
    let classCount = UInt32(names.nodeNames.count)
    let edgeNameCount = UInt32(names.edgeNames.count)
    let noName = classCount + edgeNameCount
    let (kinds, name) = (edges.kind.elements, edges.name.elements)
    for edge in name.indices where EdgeKind.isNamedByNumber(kinds[edge]) == false {
      if kinds[edge] == EdgeKind.internal.rawValue {
        name[edge] = noName
      } else {
        guard name[edge] < edgeNameCount else {
          throw SnapshotError(.malformed, "an edge with name \(name[edge]) of \(edgeNameCount)")
        }
        name[edge] += classCount
      }
    }
  }

  /// Makes the node names the joint table, and answers the holder's name in it.
  private func nameTable(_ names: SnapshotNames, with holder: UInt32?) -> UInt32 {
    let table = names.nodeNames
    for index in 0..<names.edgeNames.count {
      table.append(UnsafeRawBufferPointer(names.edgeNames.utf8(index)))
    }
    table.append(UnsafeRawBufferPointer(start: nil, count: 0))
    if holder != nil {
      var name = HeapGraph.unknownHolderName
      name.withUTF8 { table.append(UnsafeRawBufferPointer($0)) }
    }
    return UInt32(table.count - 1)
  }

  /// - Parameter names: those of classes alone, before the table has the edges' as well.
  private func nodeKinds(
    classNames names: StringTable,
    root: UInt32
  ) throws(SnapshotError) -> FlatArray<UInt8> {
    let kinds = (0..<names.count).map { NodeKind(javaScriptCoreClass: names[$0]) }
    let isOfLanguage = (0..<names.count).map { NodeKind.languageClasses.contains(names[$0]) }
    let result = FlatArray<UInt8>(capacity: nodeID.count + 1)
    for node in 0..<nodeID.count {
      let name = Int(nodeClass[node])
      guard name < kinds.count else {
        throw SnapshotError(.malformed, "a node with class name \(name) of \(kinds.count)")
      }
      let kind = kinds[name].marked(
        internal: nodeFlags[node] & 1 != 0,
        script: nodeFlags[node] & 2 != 0 || columns.flags == nil,
        isOfLanguage: isOfLanguage[name]
      )
      result.append(node == Int(root) ? NodeKind.synthetic.rawValue : kind.rawValue)
    }
    return result
  }
}

// MARK: - A part of a snapshot

extension SourceGraphLayout {
  /// Leaves the nodes whose edges have all come, and the edges between them.
  private func mend(_ names: SnapshotNames, _ gaps: GraphGaps) throws(SnapshotError) {
    let isWhole = wholeNodes(after: gaps.failure)
    let newOrdinal = FlatArray<UInt32>(repeating: IdentifierMap.absent, count: takenNodes)
    var nodeCount = 0
    for node in 0..<takenNodes where isWhole(node) {
      newOrdinal[node] = UInt32(nodeCount)
      nodeID[nodeCount] = nodeID[node]
      selfSize[nodeCount] = selfSize[node]
      nodeClass[nodeCount] = nodeClass[node]
      nodeFlags[nodeCount] = nodeFlags[node]
      nodeCount += 1
    }
    nodeID.truncate(to: nodeCount)
    selfSize.truncate(to: nodeCount)
    nodeClass.truncate(to: nodeCount)
    nodeFlags.truncate(to: nodeCount)
    gaps.omittedNodeCount = takenNodes - nodeCount
    ordinals = try IdentifierMap(nodeID)

    gaps.omittedEdgeCount = takenEdges - keepEdges(between: newOrdinal)
    let namesNodes = nodeClass.replaceMissingNames(in: names.nodeNames)
    let namesEdges = edgeData.replaceMissingNames(in: names.edgeNames) { [edgeKind] edge in
      let kind = edgeKind[edge]
      return kind != EdgeKind.internal.rawValue && EdgeKind.isNamedByNumber(kind) == false
    }
    gaps.lacksNames = namesNodes || namesEdges
  }

  /// Tells of a node whether all its edges have come.
  ///
  /// The engine writes edges in the order of their sources' identifiers. Where they break off, the
  /// last source may have more.
  private func wholeNodes(after failure: SnapshotError?) -> (Int) -> Bool {
    guard failure != nil else { return { _ in true } }
    guard takenEdges > 0 else { return { _ in false } }
    guard isEdgeTableOpen else { return { _ in true } }
    var last: UInt64 = 0
    for source in edgeSource.elements where source != IdentifierMap.absent {
      // In another order nothing is known of a single node.
      guard nodeID[Int(source)] >= last else { return { _ in true } }
      last = nodeID[Int(source)]
    }
    return { [nodeID] node in nodeID[node] < last }
  }

  /// Takes out the edges that have no new ordinals, and answers how many stay.
  private func keepEdges(between newOrdinal: FlatArray<UInt32>) -> Int {
    func ordinal(_ node: UInt32) -> UInt32 {
      node == IdentifierMap.absent ? node : newOrdinal[Int(node)]
    }
    var kept = 0
    for edge in 0..<takenEdges {
      let (source, target) = (ordinal(edgeSource[edge]), ordinal(edgeTarget[edge]))
      guard source != IdentifierMap.absent, target != IdentifierMap.absent else { continue }
      edgeSource[kept] = source
      edgeTarget[kept] = target
      edgeKind[kept] = edgeKind[edge]
      edgeData[kept] = edgeData[edge]
      kept += 1
    }
    edgeSource.truncate(to: kept)
    edgeTarget.truncate(to: kept)
    edgeKind.truncate(to: kept)
    edgeData.truncate(to: kept)
    return kept
  }
}

extension HeapGraph {
  /// What the holder of objects that nobody is known to hold is called.
  package static let unknownHolderName = "(Map/Set contents, holder unknown)"
  /// Its id: no object of JavaScriptCore has it, and like every id of V8 that is no JavaScript
  /// object's it is even.
  package static let unknownHolderID: UInt64 = 0xFFFF_FFFE
}
